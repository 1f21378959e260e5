"""What an event is, for every reader of events: their files, their values, and the rules that validate them."""
