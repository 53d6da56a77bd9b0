"""The shopping domain: pure rules on products, quantities, units and locales."""
