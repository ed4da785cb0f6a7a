"""Writers of the formats that partners send and that no tool in the project's own requirements writes."""
