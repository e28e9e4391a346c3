"""What the resource files say: tables, columns, what can be pushed, and the REST calls behind them. Pure data."""
