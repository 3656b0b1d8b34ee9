import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { temporaryFile } from '../../fixtures/keyward-process.ts'
import { issueCertificate, tlsEcho } from '../../fixtures/tls/echo-server.ts'

// Clients with TLS libraries of their own, which report the key exchange themselves. The server must report the same.

const run = promisify(execFile)
const succeeds = (command: string, ...args: string[]) => spawnSync(command, args).status === 0

/** The groups by their numbers in IANA's registry "TLS Supported Groups". */
const groups: Readonly<Record<string, number>> = {
  X25519MLKEM768: 0x11ec,
  SecP256r1MLKEM768: 0x11eb,
  SecP384r1MLKEM1024: 0x11ed,
  x25519: 0x001d,
  secp256r1: 0x0017,
  secp384r1: 0x0018,
}
const hybrid = Object.keys(groups).slice(0, 3)
const classical = Object.keys(groups).slice(3)

const certificate = await issueCertificate()
const servers = {
  hybrid: await tlsEcho('hybrid', certificate),
  'hybrid-only': await tlsEcho('hybrid-only', certificate),
  classical: await tlsEcho('classical', certificate),
}
type Server = keyof typeof servers

/** A connection as its client saw it: its own key exchange and the server's words about it, or an error. */
interface Seen {
  readonly own?: number | string
  readonly server?: { readonly keyExchange: string; readonly tlsVersion: string }
  readonly error?: string
}

const goProgram = `package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
)

func main() {
	for _, arg := range os.Args[2:] {
		id, _ := strconv.Atoi(arg)
		config := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}
		if id != 0 {
			config.CurvePreferences = []tls.CurveID{tls.CurveID(id)}
		}
		line := map[string]any{}
		connection, err := tls.Dial("tcp", "127.0.0.1:"+os.Args[1], config)
		if err != nil {
			line["error"] = err.Error()
		} else {
			text, _ := bufio.NewReader(connection).ReadString('\\n')
			line["own"] = connection.ConnectionState().CurveID
			line["server"] = json.RawMessage(text)
			connection.Close()
		}
		out, _ := json.Marshal(line)
		fmt.Println(string(out))
	}
}
`

const goVersion = /go1\.(\d+)/.exec(spawnSync('go', ['version'], { encoding: 'utf8' }).stdout ?? '')?.[1]
const withoutGo = Number(goVersion) >= 26 ? false : 'needs go 1.26 on the PATH'

/** Connects with Go once for each group, and with all groups of its own choice for the number 0. */
async function connectWithGo(server: Server, ids: readonly number[]): Promise<Seen[]> {
  const file = temporaryFile('main.go', goProgram)
  // Without the version of a module, Go behaves like an old version, which has no hybrid groups.
  writeFileSync(join(dirname(file), 'go.mod'), 'module client\n\ngo 1.26\n')
  const args = ['run', '.', String(servers[server].port), ...ids.map(String)]
  const { stdout } = await run('go', args, {
    cwd: dirname(file),
    env: { ...process.env, GOTOOLCHAIN: 'local' },
  })
  return parseLines(stdout)
}

const parseLines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Seen)

test('Go agrees with the server on each group, and on the one of its own choice', {
  skip: withoutGo,
}, async () => {
  const names = ['X25519MLKEM768', ...Object.keys(groups)]
  const seen = await connectWithGo('hybrid', [0, ...Object.values(groups)])
  assert.deepEqual(
    seen.map(({ own, server }) => [own, server?.keyExchange, server?.tlsVersion]),
    names.map(name => [groups[name], name, 'TLSv1.3']),
  )
})

test('Go is refused in the handshake where it has no group of the server', { skip: withoutGo }, async () => {
  const idsOf = (names: readonly string[]) => names.map(name => groups[name] as number)
  for (const [server, refused] of [
    ['hybrid-only', classical],
    ['classical', hybrid],
  ] as const) {
    for (const { error } of await connectWithGo(server, idsOf(refused))) {
      assert.match(error ?? 'accepted', /handshake failure/)
    }
  }
  assert.deepEqual(
    (await connectWithGo('hybrid-only', idsOf(hybrid))).map(({ server }) => server?.keyExchange),
    hybrid,
  )
})

const pythonProgram = `
import json, socket, sys
from OpenSSL import SSL
line = {}
try:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    connection = SSL.Connection(context, socket.create_connection(('127.0.0.1', int(sys.argv[1]))))
    connection.set_connect_state()
    connection.do_handshake()
    line['own'] = connection.get_group_name()
    line['server'] = json.loads(connection.recv(4096))
except SSL.Error as error:
    line['error'] = str(error)
print(json.dumps(line))
`

const hasPostQuantumPython = succeeds(
  'python3',
  '-c',
  'from OpenSSL import SSL; assert SSL.OPENSSL_VERSION_NUMBER >= 0x30500000; SSL.Connection.get_group_name',
)
const withoutPython = hasPostQuantumPython ? false : 'needs python3 with pyOpenSSL and OpenSSL 3.5'

/** Connects with the OpenSSL inside Python's package cryptography, with its default groups or with one of them. */
async function connectWithPython(server: Server, group?: string): Promise<Seen> {
  const settings = group === undefined ? '' : `Groups = ${group}`
  const config = temporaryFile(
    'openssl.cnf',
    `openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n${settings}\n`,
  )
  const args = ['-c', pythonProgram, String(servers[server].port)]
  const { stdout } = await run('python3', args, { env: { ...process.env, OPENSSL_CONF: config } })
  return parseLines(stdout)[0] as Seen
}

test('the OpenSSL of the Python package cryptography agrees with the server on each group', {
  skip: withoutPython,
}, async () => {
  for (const group of [undefined, ...Object.keys(groups)]) {
    const { own, server } = await connectWithPython('hybrid', group)
    const taken = group ?? 'X25519MLKEM768'
    assert.deepEqual([String(own).toLowerCase(), server?.keyExchange], [taken.toLowerCase(), taken])
  }
})

test('the OpenSSL of the Python package cryptography is refused where it has no group of the server', {
  skip: withoutPython,
}, async () => {
  const refusal = /handshake failure/i
  assert.match((await connectWithPython('hybrid-only', 'X25519:secp256r1')).error ?? 'accepted', refusal)
  assert.match((await connectWithPython('classical', 'X25519MLKEM768')).error ?? 'accepted', refusal)
  const { server } = await connectWithPython('hybrid-only', 'x25519:SecP384r1MLKEM1024')
  assert.equal(server?.keyExchange, 'SecP384r1MLKEM1024')
})
