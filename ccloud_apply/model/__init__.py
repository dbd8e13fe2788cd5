"""The words of the product: frozen values with no rules beyond their own consistency."""
