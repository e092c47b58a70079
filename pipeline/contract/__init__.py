"""What we are given: tables by kind, the promises they must keep, and the rows that break them."""
