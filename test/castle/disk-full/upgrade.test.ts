import assert from 'node:assert/strict'
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspectDatabase } from '../../../src/store/index.ts'
import { FactCallers } from '../../fixtures/data-directories/fact-callers.ts'
import { readFacts } from '../../fixtures/data-directories/facts.ts'
import { olderNames, unpack } from '../../fixtures/data-directories/stored-directory.ts'
import { started, startKeyward } from '../../fixtures/keyward-process.ts'
import { freeBytes, SmallDisk } from '../../fixtures/small-disk.ts'
import { verify } from '../../fixtures/stopped-database.ts'

// The first start of this version on a data directory of an older one, on a disk that is full.

const disk = new SmallDisk('an upgrade on a full disk', { file: import.meta.filename, size: '24m' })

for (const name of olderNames()) {
  let isEnough = false
  for (const space of freeBytes)
    disk.test(`${name} with ${space} bytes`, async t => {
      // With more space than was enough, nothing else happens.
      if (isEnough) return
      const { dataDirectory: unpacked, environment } = unpack(name)
      const dataDirectory = disk.directory(t)
      cpSync(unpacked, dataDirectory, { recursive: true })
      const database = join(dataDirectory, 'keyward.db')
      const before = inspectDatabase(database)
      assert.ok(before.missing.length > 0, 'there is nothing to migrate')
      const [logs, bytes] = [logsOf(dataDirectory), readFileSync(database)]
      disk.fill(space)
      const refusal = await startKeyward({ dataDirectory, environment }).then(
        server => server.kill().then(() => undefined),
        (error: Error) => error.message,
      )
      disk.free()
      isEnough = refusal === undefined
      if (space === 0) assert.notEqual(refusal, undefined)
      if (refusal !== undefined) {
        // A server that has opened its audit log may write a JSON line to its own log first.
        assert.match(refusal, /^keyward ended with 1: (?:\{[^\n]+\}\n)*keyward: [^\n]+\n$/)
        const { missing } = inspectDatabase(database)
        // The migrations are one commit: all are made, or none.
        if (missing.length > 0) assert.deepEqual([missing, readFileSync(database)], [before.missing, bytes])
      }
      for (const [file, text] of logs) assert.ok(logsOf(dataDirectory).get(file)?.startsWith(text), file)
      const server = await started(t, { dataDirectory, environment })
      const { callers, facts } = readFacts(name)
      const factCallers = new FactCallers(server, callers)
      for (const fact of facts.slice(0, 40)) await factCallers.check(fact)
      assert.equal(await server.stop(), 0)
      const { code, stdout, stderr } = await verify({ dataDirectory })
      assert.equal(code, 0, stdout + stderr)
    })
}

/** The files of the audit log by their names. */
function logsOf(dataDirectory: string): Map<string, string> {
  const directory = join(dataDirectory, 'audit')
  const names = existsSync(directory) ? readdirSync(directory) : []
  return new Map(names.map(file => [file, readFileSync(join(directory, file), 'utf8')]))
}
