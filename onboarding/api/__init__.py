"""The JSON API for the programs of partners and of the operator. It uses the functions and refusals of the pages."""
