import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFile } from '../../../../test/fixtures/keyward-process.ts'
import { OperatorError } from '../../../std/index.ts'
import { gatherSettings } from '../settings.ts'
import { libraryEnvironment, libraryOf, type Pkcs11Library, readPkcs11Settings } from './pkcs11-settings.ts'

test('libraries have names, in a file, in YAML and in JSON', () => {
  const known = new Map<string, Pkcs11Library>([
    ['soft', { path: '/usr/lib/softhsm/libsofthsm2.so', environment: {} }],
    ['b.2_-', { path: '/opt/b.so', environment: { VENDOR_CONF: '/b.conf', _level: '010' } }],
  ])
  const list = [...known].map(([name, { path, environment }]) => ({ name, library: path, environment }))
  const yaml = `- name: soft
  library: /usr/lib/softhsm/libsofthsm2.so
- name: b.2_-
  library: /opt/b.so
  environment: { VENDOR_CONF: /b.conf, _level: 010 }
`
  for (const setting of [JSON.stringify(list), yaml, temporaryFile('pkcs11.yaml', yaml)])
    assert.deepEqual(readPkcs11Settings(setting), known)
  assert.deepEqual(readPkcs11Settings(undefined), new Map())
  assert.equal(libraryOf(known, 'soft'), known.get('soft'))
  assert.deepEqual(libraryOf(known, '/other.so'), { path: '/other.so', environment: {} })
  assert.throws(() => libraryOf(known, 'other'), /no library other; it has soft, b\.2_-\./)
})

test('a configuration file keeps digits of the environment as they are written', () => {
  const config = temporaryFile(
    'keyward.yaml',
    'pkcs11: [{name: a, library: /a.so, environment: {LEVEL: 010, ON: true, SLOT: 1e3}}]\n',
  )
  const { pkcs11 } = gatherSettings({ config }, {})
  const environment = { LEVEL: '010', ON: 'true', SLOT: '1e3' }
  assert.deepEqual(readPkcs11Settings(pkcs11), new Map([['a', { path: '/a.so', environment }]]))
})

test("the process of a library has the server's variables but those that may be secrets, and its own in their place", () => {
  const passed = {
    ...{ HOME: '/', PATH: '/bin', VENDOR_CONF: '/v', PROXY: 'http://proxy.example.com:3128', USER_AT: 'a@b' },
    ...{ PKCS11_URL: 'pkcs11:token=a', NOTE: 'see https://example.com' },
  }
  const secrets = {
    ...{ KEYWARD_AUDIT: 'a', AWS_SECRET_ACCESS_KEY: 'b', NODE_OPTIONS: 'c', npm_config_x: 'd' },
    ...{ DB_PASSWORD: 'e', VAULT_TOKEN: 'f', USER_PIN: 'g', STRIPE_KEY: 'h' },
    ...{
      DATABASE: 'postgres://keyward:secret@db/keyward',
      ODD: 'amqp://u:a/b @h',
      TOKENED: 'https://ghp_1@github.com',
    },
    ...{ CONNECTION: 'host=db user=a password=secret', SQLCONN: 'Server=db;Uid=a;Pwd=secret;' },
  }
  assert.deepEqual(libraryEnvironment({}, { ...passed, ...secrets, UNSET: undefined }), passed)
  const own = { VENDOR_CONF: '/own', VENDOR_PASSWORD: 'i' }
  assert.deepEqual(libraryEnvironment(own, { ...passed, ...secrets }), { ...passed, ...own })
})

test('a list that names no library is refused', () => {
  const library = '/lib.so'
  for (const [setting, says] of [
    [[{ library }], /has no name/],
    [[{ name: 'a' }], /has no library/],
    [[{ name: '/a', library }], /name must have 1 to 64 letters/],
    [[{ name: 'a'.repeat(65), library }], /name must have 1 to 64 letters/],
    [[{ name: 'a', library: 'lib.so' }], /must be the absolute path of a PKCS#11 library/],
    [[{ name: 'a', library: '' }], /must be the absolute path/],
    [[{ name: 'a', library, pin: '1234' }], /pin is not a setting here/],
    [
      [
        { name: 'a', library },
        { name: 'a', library: '/b.so' },
      ],
      /is a a second time/,
    ],
    ...[
      'KEYWARD_PORT',
      'NODE_OPTIONS',
      'LD_PRELOAD',
      'LD_AUDIT',
      'DYLD_INSERT_LIBRARIES',
      'npm_config_a',
    ].map(variable => [
      [{ name: 'a', library, environment: { [variable]: 'x' } }],
      new RegExp(`environment\\.${variable} must not be set for a library`),
    ]),
    [[{ name: 'a', library, environment: { 'A-B': 'x' } }], /must have a name of letters, digits/],
    [[{ name: 'a', library, environment: { '1A': 'x' } }], /must have a name of letters, digits/],
    [[{ name: 'a', library, environment: { A: 'x\0' } }], /environment\.A must not have a NUL/],
    [[{ name: 'a', library, environment: { A: ['x'] } }], /environment\.A must be a text/],
    [[{ name: 'a', library, environment: 'A=x' }], /environment must be a mapping/],
    [{ name: 'a', library }, /must be a list/],
  ] as [unknown, RegExp][])
    assert.throws(
      () => readPkcs11Settings(JSON.stringify(setting)),
      (error: unknown) => error instanceof OperatorError && says.test(error.message),
      JSON.stringify(setting),
    )
})
