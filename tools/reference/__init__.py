"""What the generated parts of docs/ say, taken from the types, constants and tables of the package."""
