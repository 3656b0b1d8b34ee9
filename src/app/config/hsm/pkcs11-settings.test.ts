import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFile } from '../../../../test/fixtures/keyward-process.ts'
import { OperatorError } from '../../../std/index.ts'
import { libraryPathOf, readPkcs11Settings } from './pkcs11-settings.ts'

test('libraries have names, in a file, in YAML and in JSON', () => {
  const known = new Map([
    ['soft', '/usr/lib/softhsm/libsofthsm2.so'],
    ['b.2_-', '/opt/b.so'],
  ])
  const list = [...known].map(([name, library]) => ({ name, library }))
  const yaml = list.map(({ name, library }) => `- name: ${name}\n  library: ${library}\n`).join('')
  for (const setting of [JSON.stringify(list), yaml, temporaryFile('pkcs11.yaml', yaml)])
    assert.deepEqual(readPkcs11Settings(setting), known)
  assert.deepEqual(readPkcs11Settings(undefined), new Map())
  assert.equal(libraryPathOf(known, 'soft'), known.get('soft'))
  assert.equal(libraryPathOf(known, '/other.so'), '/other.so')
  assert.throws(() => libraryPathOf(known, 'other'), /no library other; it has soft, b\.2_-\./)
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
    [{ name: 'a', library }, /must be a list/],
  ] as const)
    assert.throws(
      () => readPkcs11Settings(JSON.stringify(setting)),
      (error: unknown) => error instanceof OperatorError && says.test(error.message),
      JSON.stringify(setting),
    )
})
