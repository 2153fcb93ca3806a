"""What users write and read: the resources' types, their schema, validation and CRDs.

The dataclasses here are the only source of the CRDs. Pure: text and plain values in, the same out.
"""
