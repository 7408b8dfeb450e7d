"""The company's money: cash, financing, dilution, tax and survival, quarter by quarter, by one rule for every strategy."""
