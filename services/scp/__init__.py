"""The listener: films in by C-STORE, through the gateway, results back to the PACS, and a ledger of it all."""
