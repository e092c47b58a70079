"""One module a DVC stage: read what it declares, call one thing, write what it declares."""
