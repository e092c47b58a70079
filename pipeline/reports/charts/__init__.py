"""The figures of the page, drawn at the width they are shown, from facts that already hold every label."""
