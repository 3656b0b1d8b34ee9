import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blob, list, required, sensitive, string, structure, undisclosed } from './index.ts'

const secret = sensitive(blob())
const bytes = () => Buffer.from('secret')
const wiped = Buffer.alloc(6)

test('bytes that are declared sensitive are wiped, wherever they are', () => {
  const shape = structure({
    Plaintext: required(secret),
    CiphertextBlob: blob(),
    Name: string(),
    Token: sensitive(string()),
    Absent: secret,
    Unlogged: undisclosed(secret),
    Parts: list(secret),
    Inner: structure({ Plaintext: secret, CiphertextBlob: blob() }),
    Rows: list(structure({ Plaintext: secret })),
  })
  const value = {
    Plaintext: bytes(),
    CiphertextBlob: bytes(),
    Name: 'secret',
    Token: 'secret',
    Unlogged: bytes(),
    Parts: [bytes(), bytes()],
    Inner: { Plaintext: bytes(), CiphertextBlob: bytes() },
    Rows: [{ Plaintext: bytes() }, {}],
  }
  shape.wipe?.(value)
  assert.deepEqual(value, {
    Plaintext: wiped,
    CiphertextBlob: bytes(),
    Name: 'secret',
    Token: 'secret',
    Unlogged: wiped,
    Parts: [wiped, wiped],
    Inner: { Plaintext: wiped, CiphertextBlob: bytes() },
    Rows: [{ Plaintext: wiped }, {}],
  })
})

test('shapes without secrets have nothing to wipe', () => {
  for (const shape of [blob(), string(), list(blob()), structure({ Blob: blob(), Names: list(string()) })])
    assert.equal(shape.wipe, undefined)
})
