-- Since 15: views with the rights of who asks.

ALTER VIEW ks.checked_view SET (security_invoker = true);
