"""Order: what has arrived for one partition becomes steps, each written down in one transaction with what it caused."""
