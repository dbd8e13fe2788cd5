"""The performance of a server as documents: a chart, a picture, rows."""
