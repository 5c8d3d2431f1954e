"""The JSON API for software of employers: /api/v1/, described by OpenAPI 3.1. A translator of what the pages do as well."""
