"""`zmart backtest`: real sessions replayed on real prices."""
