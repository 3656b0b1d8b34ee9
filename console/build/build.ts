import { join } from 'node:path'
import { requireInstalled } from './installed.ts'
import { consoleDirectory } from './options.ts'
import { buildConsole, packed, writeFolder } from './pack.ts'

// Builds the console into console/dist, which the repository has: a server needs no build to serve it.
requireInstalled()
const files = packed(await buildConsole())
writeFolder(join(consoleDirectory, 'dist'), files)
const sizeBytes = files.values().reduce((sum, { length }) => sum + length, 0)
process.stdout.write(`console/dist has ${files.size} files of ${Math.round(sizeBytes / 1000)} KB together.\n`)
