"""The relay against real sockets: a sink that fails in every way, aiosmtpd, Postfix's smtp-sink."""
