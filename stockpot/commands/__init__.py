"""The commands of `stockpot`. What takes time to import is imported where it is used, so that --help is quick."""
