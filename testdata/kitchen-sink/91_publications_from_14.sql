-- Since 14: subscriptions that stream, in binary form.

ALTER SUBSCRIPTION "ks Subscription" SET (binary = true, streaming = true);
