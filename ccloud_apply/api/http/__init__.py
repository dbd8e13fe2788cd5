"""One request over HTTP: connections, sending, repetition, pages. What an answer means is
`api/decode/`.
"""
