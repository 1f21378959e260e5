"""The run report: one static HTML page, without JavaScript, for people who want to know what a run did."""
