import assert from 'node:assert/strict'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { before, describe, type TestContext, test } from 'node:test'
import { callSigned } from '../fixtures/clients.ts'
import {
  type KeywardProcess,
  type StartOptions,
  started,
  startKeyward,
  temporaryDirectory,
} from '../fixtures/keyward-process.ts'
import { refusedStart } from '../fixtures/refused-start.ts'

/** Asserts that a start fails with status 1 and one line that matches. */
async function isRefused(options: StartOptions, line: RegExp): Promise<void> {
  const said = await refusedStart(options)
  assert.match(said, line)
  assert.match(said, /^keyward: [^\n]+\n$/)
}

async function isAccepted(keyward: KeywardProcess): Promise<void> {
  assert.equal((await callSigned(keyward, 'ListKeys', '{}')).status, 200)
}

/** Creates a key, so that there is something to lose, and returns its id. */
async function createKey(keyward: KeywardProcess): Promise<string> {
  const { status, json } = await callSigned(keyward, 'CreateKey', '{}')
  assert.equal(status, 200)
  return (json['KeyMetadata'] as { KeyId: string }).KeyId
}

async function hasKey(keyward: KeywardProcess, keyId: string): Promise<boolean> {
  return (await callSigned(keyward, 'DescribeKey', JSON.stringify({ KeyId: keyId }))).status === 200
}

describe('a first start', () => {
  test('names an obstacle in one line, and succeeds without the obstacle', async t => {
    const asFile = (path: string) => writeFileSync(path, 'in the way')
    const asDirectory = (path: string) => mkdirSync(path)
    const obstacles: [name: string, make: (path: string) => void][] = [
      ['keyward.lock', asFile],
      ['keyward.lock', asDirectory],
      ['root.key', asFile],
      ['root.key', asDirectory],
      ['audit', asFile],
      ['credentials', asDirectory],
      ['endpoint', asDirectory],
    ]
    for (const [name, make] of obstacles) {
      await t.test(`${make === asFile ? 'a file' : 'a directory'} named ${name}`, async t => {
        const dataDirectory = temporaryDirectory()
        const path = join(dataDirectory, name)
        make(path)
        await isRefused({ dataDirectory }, new RegExp(name.replace('keyward.lock', dataDirectory)))
        rmSync(path, { recursive: true })
        await isAccepted(await started(t, { dataDirectory }))
      })
    }
  })

  test('refuses a data directory that is not a directory', async () => {
    const file = join(temporaryDirectory(), 'file')
    writeFileSync(file, 'a file')
    await isRefused({ dataDirectory: file }, new RegExp(`${file} cannot be written: .*KEYWARD_DATA_DIR`))
    await isRefused({ dataDirectory: join(file, 'data') }, /cannot be written: .*KEYWARD_DATA_DIR/)
    assert.equal(readFileSync(file, 'utf8'), 'a file')
  })

  test('refuses a root key that cannot be written', async () => {
    const flags = ['--root-key', `file:${join(temporaryDirectory(), 'missing', 'root.key')}`]
    await isRefused({ flags }, /The root key cannot be written/)
  })

  test('refuses an address that is not available, which does not affect the next start', async t => {
    const running = await started(t, {})
    const { port } = new URL(running.url)
    const dataDirectory = temporaryDirectory()
    const taken = { dataDirectory, flags: ['--port', port] }
    await isRefused(taken, new RegExp(`Port ${port} on 127.0.0.1 is in use .*KEYWARD_PORT`))
    const off = ['--allow-plain-http', '--host']
    await isRefused({ dataDirectory, flags: [...off, '203.0.113.1'] }, /cannot listen on 203.0.113.1/)
    await isRefused({ dataDirectory, flags: [...off, 'no.such.host.invalid'] }, /cannot listen on/)
    await isAccepted(await started(t, { dataDirectory }))
    await isAccepted(running)
  })

  test('makes private files, and no others', async t => {
    const { dataDirectory } = await started(t, { dataDirectory: join(temporaryDirectory(), 'new', 'data') })
    assert.equal(statSync(dataDirectory).mode & 0o777, 0o700)
    const names = readdirSync(dataDirectory).sort()
    assert.deepEqual(
      names.filter(name => !/-(wal|shm|journal)$/.test(name)),
      ['audit', 'credentials', 'endpoint', 'keyward.db', 'keyward.lock', 'operator.sock', 'root.key'],
    )
    for (const name of ['credentials', 'keyward.db', 'keyward.db-wal', 'root.key']) {
      assert.equal(statSync(join(dataDirectory, name)).mode & 0o777, 0o600, name)
    }
  })
})

describe('a start on an existing data directory', () => {
  let made: string
  let keyId: string
  before(async () => {
    const keyward = await startKeyward()
    made = keyward.dataDirectory
    keyId = await createKey(keyward)
    assert.equal(await keyward.stop(), 0)
  })

  /** A copy of the data directory. */
  function copy(): string {
    const path = join(temporaryDirectory(), 'data')
    cpSync(made, path, { recursive: true })
    return path
  }

  async function isWhole(t: TestContext, dataDirectory: string): Promise<void> {
    const keyward = await started(t, { dataDirectory })
    assert.ok(await hasKey(keyward, keyId))
  }

  test('refuses a second server, and the first server continues', async t => {
    const dataDirectory = copy()
    const first = await started(t, { dataDirectory })
    const endpoint = readFileSync(join(dataDirectory, 'endpoint'), 'utf8')
    const says = new RegExp(`Another Keyward is running on the data directory ${dataDirectory}`)
    for (let attempt = 0; attempt < 3; attempt++) await isRefused({ dataDirectory }, says)
    assert.equal(readFileSync(join(dataDirectory, 'endpoint'), 'utf8'), endpoint)
    assert.ok(await hasKey(first, keyId))
    await first.kill()
    await isWhole(t, dataDirectory)
  })

  test('refuses a missing root key, and does not make a new one', async t => {
    const dataDirectory = copy()
    const path = join(dataDirectory, 'root.key')
    renameSync(path, `${path}.away`)
    await isRefused({ dataDirectory }, new RegExp(`The root key ${path} is missing`))
    await isRefused({ dataDirectory, flags: ['--root-key', 'file:other.key'] }, /other.key is missing/)
    assert.equal(existsSync(path), false)
    assert.equal(existsSync(join(dataDirectory, 'other.key')), false)
    renameSync(`${path}.away`, path)
    await isWhole(t, dataDirectory)
  })

  test('warns if other users can read the data directory or a root key, wherever the root key is', async t => {
    const dataDirectory = copy()
    const inside = join(dataDirectory, 'root.key')
    const outside = join(temporaryDirectory(), 'outside.key')
    copyFileSync(inside, outside)
    const paths = [dataDirectory, inside, outside]
    const warnedPaths = async (open: readonly string[], flags: readonly string[]): Promise<string[]> => {
      for (const path of [inside, outside]) chmodSync(path, open.includes(path) ? 0o644 : 0o600)
      chmodSync(dataDirectory, open.includes(dataDirectory) ? 0o755 : 0o700)
      const keyward = await started(t, { dataDirectory, flags })
      assert.equal(await keyward.stop(), 0)
      const warnings = keyward
        .stderr()
        .split('\n')
        .filter(line => line.includes('other users'))
      return warnings.map(line => (JSON.parse(line) as { path: string }).path)
    }
    assert.deepEqual(await warnedPaths([outside], []), [])
    assert.deepEqual(await warnedPaths([dataDirectory, inside], []), [dataDirectory, inside])
    const flags = ['--root-key', `file:${outside}`]
    assert.deepEqual(await warnedPaths([], flags), [])
    assert.deepEqual(await warnedPaths(paths, flags), paths)
  })

  test('refuses a different root key, and a file that is not a root key', async t => {
    const dataDirectory = copy()
    const path = join(dataDirectory, 'root.key')
    const right = readFileSync(path, 'utf8')
    const wrong = `keyward-root-key-v1:${Buffer.alloc(32, 7).toString('base64')}\n`
    writeFileSync(path, wrong)
    await isRefused({ dataDirectory }, /The root key does not open/)
    for (const text of ['', 'secret\n', right.slice(0, -5), right.replace('v1', 'v2')]) {
      writeFileSync(path, text)
      await isRefused({ dataDirectory }, new RegExp(`${path} is not a Keyward root key`))
    }
    writeFileSync(path, right)
    await isWhole(t, dataDirectory)
  })

  test('refuses a database of a newer version, and does not change it', async t => {
    const dataDirectory = copy()
    const path = join(dataDirectory, 'keyward.db')
    const original = join(dataDirectory, 'original')
    copyFileSync(path, original)
    const database = new DatabaseSync(path)
    database.exec("insert into keyward_migrations (name) values ('9999-future')")
    database.close()
    const future = readFileSync(path)
    await isRefused({ dataDirectory }, /newer version of Keyward .*9999-future/)
    assert.ok(readFileSync(path).equals(future))
    copyFileSync(original, path)
    await isWhole(t, dataDirectory)
  })

  test('refuses a damaged database, and does not change it', async t => {
    const path = (dataDirectory: string) => join(dataDirectory, 'keyward.db')
    const damages: Record<string, (path: string) => void> = {
      'not a database': file => writeFileSync(file, 'a letter\n'.repeat(1000)),
      'cut in half': file => truncateSync(file, statSync(file).size / 2),
      'without its last page': file => truncateSync(file, statSync(file).size - 4096),
    }
    for (const [what, damage] of Object.entries(damages)) {
      await t.test(what, async t => {
        const dataDirectory = copy()
        damage(path(dataDirectory))
        const damaged = readFileSync(path(dataDirectory))
        await isRefused({ dataDirectory }, new RegExp(`${path(dataDirectory)} cannot be opened`))
        assert.ok(readFileSync(path(dataDirectory)).equals(damaged))
        copyFileSync(path(made), path(dataDirectory))
        await isWhole(t, dataDirectory)
      })
    }
  })

  test('refuses an account id that is not the id of the data directory', async t => {
    const dataDirectory = copy()
    await isRefused(
      { dataDirectory, flags: ['--account-id', '123456789012'] },
      /created for account 000000000000/,
    )
    await isWhole(t, dataDirectory)
  })

  test('refuses the whole of a seed file that cannot be applied', async t => {
    const dataDirectory = copy()
    const seed = join(dataDirectory, 'seed.yaml')
    const seeded = '00000000-0000-4000-8000-00000000000a'
    const accounts = (spec: string) => `accounts:
- id: '000000000000'
  keys:
  - id: ${seeded}
  - id: ${keyId}
    description: ${spec}
`
    writeFileSync(seed, accounts('another'))
    await isRefused(
      { dataDirectory, flags: ['--seed', seed] },
      /seed.yaml:5: .*differs from the existing key/,
    )
    const keyward = await started(t, { dataDirectory })
    assert.equal(await hasKey(keyward, seeded), false)
    assert.equal(await hasKey(keyward, keyId), true)
  })
})
