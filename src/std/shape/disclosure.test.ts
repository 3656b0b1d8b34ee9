import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type AnyShape,
  blob,
  boolean,
  ConstraintProblem,
  decode,
  integer,
  list,
  required,
  sensitive,
  string,
  stringMap,
  structure,
} from './index.ts'

// A log or audit record never shows the value of a blob or of anything sensitive.

describe('disclosure', () => {
  const disclose = (shape: AnyShape, value: unknown) => JSON.stringify(shape.disclose(decode(shape, value)))
  const secret = 'correct-horse'
  const hidden: Record<string, AnyShape> = {
    'a blob': blob(),
    'a sensitive string': sensitive(string()),
    'a sensitive structure': sensitive(structure({ S: string() })),
    'a sensitive map': sensitive(stringMap()),
    'a list of blobs': list(blob()),
    'a list of sensitive strings': list(sensitive(string())),
    'a sensitive list': sensitive(list(string())),
    'a structure of sensitive strings': structure({ S: sensitive(string()) }),
    'a structure of blobs in a list': list(structure({ S: blob() })),
  }
  const text = Buffer.from(secret).toString('base64')
  const values = [text, { S: text }, [text], [{ S: text }]]
  for (const [name, shape] of Object.entries(hidden)) {
    test(`${name} shows nothing of its value`, () => {
      const outer = structure({ KeyId: string(), Hidden: required(shape) })
      const value = values.find(candidate => isTaken(shape, candidate))
      assert.ok(value !== undefined, 'one of the values fits the shape')
      const shown = disclose(outer, { KeyId: 'k', Hidden: value })
      assert.match(shown, /"keyId":"k"/)
      assert.doesNotMatch(shown, new RegExp(`${text}|${secret}`))
    })
  }

  test('a sensitive value that breaks its constraint is not repeated in the message', () => {
    const shape = structure({ Password: required(sensitive(string({ min: 7, max: 8 }))) })
    assert.throws(
      () => decode(shape, { Password: secret }),
      (error: Error) => error instanceof ConstraintProblem && !error.message.includes(secret),
    )
  })

  test('everything else is shown, under lowerCamel names', () => {
    const shape = structure({
      KeyId: required(string()),
      NumberOfBytes: integer(),
      DryRun: boolean(),
      Tags: list(structure({ TagKey: string(), TagValue: string() })),
    })
    const value = { KeyId: 'k', NumberOfBytes: 7, DryRun: true, Tags: [{ TagKey: 'a', TagValue: 'b' }] }
    assert.deepEqual(JSON.parse(disclose(shape, value)), {
      keyId: 'k',
      numberOfBytes: 7,
      dryRun: true,
      tags: [{ tagKey: 'a', tagValue: 'b' }],
    })
  })
})

function isTaken(shape: AnyShape, value: unknown): boolean {
  try {
    decode(shape, value)
    return true
  } catch {
    return false
  }
}
