"""The search algorithms: one file each, all behind ``leadline.search.interface``."""
