// A feed on standard input, read by feedsmith, as JSON on standard output.
import { readFileSync } from 'node:fs'
import { parseFeed } from 'feedsmith'

process.stdout.write(JSON.stringify(parseFeed(readFileSync(0, 'utf8'))))
