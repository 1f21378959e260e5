"""What the HTML pages of reports have in common."""

# Nothing is run, loaded or sent, whatever a page was made of; it brings its style along. Pages within a
# page are held to its policy as well.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
POLICY_TAG = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"/>'
"""The policy as the first element of a head in HTML: it holds for what comes after it."""
