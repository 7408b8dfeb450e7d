"""Course to exposures to transfers: what each clause pays, and every account's books."""
