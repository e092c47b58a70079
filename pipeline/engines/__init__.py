"""The edge towards the engines that run the queries."""
