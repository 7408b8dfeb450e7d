"""The company's money, quarter by quarter, by one rule for every strategy: cash, financing, tax and survival."""
