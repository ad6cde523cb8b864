"""Pages of the domain: thin; permission, form, service or query, template. One blueprint a module."""
