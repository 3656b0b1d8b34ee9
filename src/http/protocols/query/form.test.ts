import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ServiceError } from '../../../domain/index.ts'
import {
  boolean,
  ConstraintProblem,
  decode,
  integer,
  list,
  required,
  SerializationProblem,
  string,
  stringMap,
  structure,
  timestamp,
} from '../../../std/index.ts'
import { nestParameters, parseForm, parseFormBody } from './form.ts'
import { readForm } from './form-input.ts'

// Valid forms are read as the URL standard and Smithy's query protocol say; broken forms give a client error and
// nothing else.

const shape = structure({
  Name: required(string()),
  Count: integer(),
  Flag: boolean(),
  When: timestamp(),
  Tags: list(structure({ Key: required(string()), Value: string() })),
  Names: list(string()),
  Lists: list(structure({ Inner: list(string()) })),
  Map: stringMap(),
})

const read = (body: string | Buffer) =>
  decode(shape, readForm(shape, nestParameters(parseFormBody(Buffer.from(body as string))), 'query'))
const codeOf = (body: string | Buffer) => {
  try {
    read(body)
    return 'read'
  } catch (error) {
    if (error instanceof ServiceError) return error.code
    if (error instanceof SerializationProblem) return 'SerializationException'
    if (error instanceof ConstraintProblem) return 'ValidationException'
    throw error
  }
}

test('flat names become lists, structures and maps', () => {
  const body =
    'Action=X&Version=1&Name=a&Count=-7&Flag=true&When=2026-11-24T00:15:00Z&Tags.member.1.Key=k1&Tags.member.1.Value=v1' +
    '&Tags.member.2.Key=k2&Names.member.1=x&Names.member.2=y&Lists.member.1.Inner.member.1=z&Map.entry.1.key=__proto__&Map.entry.1.value=q'
  assert.deepEqual(read(body), {
    Name: 'a',
    Count: -7,
    Flag: true,
    When: Date.UTC(2026, 10, 24, 0, 15),
    Tags: [{ Key: 'k1', Value: 'v1' }, { Key: 'k2' }],
    Names: ['x', 'y'],
    Lists: [{ Inner: ['z'] }],
    Map: new Map([['__proto__', 'q']]),
  })
})

test('a list is in the numeric order of its items, also with ten items and more', () => {
  const numbers = [10, 2, 1, 12, 11, 3, 9, 4, 8, 5, 7, 6]
  const body = numbers.map(n => `Names.member.${n}=n${n}`).join('&')
  assert.deepEqual(
    read(`Name=a&${body}`).Names,
    numbers.sort((a, b) => a - b).map(n => `n${n}`),
  )
})

test('an empty value is an empty list or an empty text', () => {
  assert.deepEqual(read('Name=&Names=&Tags='), { Name: '', Names: [], Tags: [] })
})

test('a plus sign is a space in a body, and a plus sign in a URL', () => {
  assert.equal(read('Name=a+b%2Bc%20d').Name, 'a b+c d')
  assert.equal(parseForm('Name=a+b%2Bc').get('Name'), 'a+b+c')
})

test('integers, booleans and item numbers have several notations (recorded from AWS)', () => {
  for (const count of ['900', '0900', '%2B900']) assert.equal(read(`Name=a&Count=${count}`).Count, 900)
  for (const flag of ['true', '1']) assert.equal(read(`Name=a&Flag=${flag}`).Flag, true)
  for (const flag of ['false', '0']) assert.equal(read(`Name=a&Flag=${flag}`).Flag, false)
  assert.deepEqual(read('Name=a&Names.member.01=x').Names, ['x'])
  assert.deepEqual(read('Name=a&Tags.member.01.Key=k&Tags.member.1.Value=v').Tags, [{ Key: 'k', Value: 'v' }])
})

test('items with missing, invalid or distant numbers are refused with the texts recorded from AWS', () => {
  const textOf = (body: string) => {
    try {
      return read(body)
    } catch (error) {
      return (error as Error).message
    }
  }
  for (const [name, text] of [
    ['Names.member.one', 'Start of list found where not expected'],
    ['Names.member.%2B1', 'Start of list found where not expected'],
    ['Names.member.0', '0 is not a valid index'],
    ['Names.member.-1', "Key -1 may not have a leading '-'"],
    ['Names.member.12', 'Excessively sparse input would skip 11 list elements'],
    [
      'Names.member.1=x&Names.member.22=x&Names.member.43',
      'Excessively sparse input would skip 21 list elements',
    ],
    ['Names.member.12=x&Names.member.1', 'Excessively sparse input would skip 11 list elements'],
    ['Tags.member.50.Key', 'Excessively sparse input would skip 49 list elements'],
    ['Tags.member.1.0.Key', 'Two index elements may not occur back to back'],
  ] as const) {
    assert.equal(textOf(`Name=a&${name}=x`), text)
  }
})

const refused: Readonly<Record<string, string>> = {
  'Name=%': 'MalformedQueryStringException',
  'Name=%4': 'MalformedQueryStringException',
  'Name=%zz': 'MalformedQueryStringException',
  'Name=%ff': 'MalformedQueryStringException',
  'Name=%C0%80': 'MalformedQueryStringException',
  'Name=%ED%A0%80': 'MalformedQueryStringException',
  '%=a': 'MalformedQueryStringException',
  'Name=a&Name=b': 'InvalidQueryParameterException',
  'Name=a&N%61me=b': 'InvalidQueryParameterException',
  'Name=a&x.1.2.3.4.5.6.7.8.9.10=b': 'InvalidQueryParameterException',
  'Name.x=a': 'SerializationException',
  'Name=a&Name.x=b': 'SerializationException',
  'Name=a&Count=x': 'SerializationException',
  'Name=a&Count=1.5': 'SerializationException',
  'Name=a&Count=0x10': 'SerializationException',
  'Name=a&Count=': 'SerializationException',
  'Name=a&Count=9999999999999999999': 'SerializationException',
  // The following results for integers, booleans and lists were recorded from AWS.
  'Name=a&Count= 1 ': 'SerializationException',
  'Name=a&Count=1.0': 'SerializationException',
  'Name=a&Count=1e0': 'SerializationException',
  'Name=a&Count=2147483648': 'SerializationException',
  'Name=a&Flag=True': 'SerializationException',
  'Name=a&Flag=': 'SerializationException',
  'Name=a&Flag= true': 'SerializationException',
  'Name=a&Flag=null': 'SerializationException',
  'Name=a&Names.member.%2B1=x': 'SerializationException',
  'Name=a&Names.member.12=x': 'SerializationException',
  'Name=a&Names.member.1=x&Names.member.12=x': 'SerializationException',
  'Name=a&Names.member.11=x': 'ValidationException',
  'Name=a&Names.member.1=x&Names.member.8=x&Names.member.15=x': 'ValidationException',
  'Name=a&Names.member.2=x': 'ValidationException',
  'Name=a&Names.member.1=x&Names.member.3=x': 'ValidationException',
  'Name=a&Tags.member.%2B1.Key=x': 'ValidationException',
  'Name=a&Tags.member.one.Key=x': 'ValidationException',
  'Name=a&Tags.member.2.Key=x': 'ValidationException',
  'Name=a&Tags.member.0.Key=x': 'SerializationException',
  'Name=a&Tags.member.-1.Key=x': 'SerializationException',
  'Name=a&Tags.member.1.0.Key=x': 'SerializationException',
  'Name=a&Tags.member.49.Key=x': 'SerializationException',
  'Name=a&Flag=yes': 'SerializationException',
  'Name=a&When=yesterday': 'SerializationException',
  'Name=a&When=2026-13-01T00:00:00Z': 'SerializationException',
  'Name=a&Names=x': 'SerializationException',
  'Name=a&Names.1=x': 'SerializationException',
  'Name=a&Names.member=x': 'SerializationException',
  'Name=a&Names.member.0=x': 'SerializationException',
  'Name=a&Names.member.1=x&Names.member.01=x': 'InvalidQueryParameterException',
  'Name=a&Names.member.-1=x': 'SerializationException',
  'Name=a&Names.member.x=x': 'SerializationException',
  'Name=a&Names.member.1.x=x': 'SerializationException',
  'Name=a&Names.member.999999999=x': 'SerializationException',
  'Name=a&Tags.member.1=x': 'SerializationException',
  'Name=a&Map.entry.1.key=x': 'SerializationException',
  'Count=1': 'ValidationException',
  'Name=a&Tags.member.1.Value=x': 'ValidationException',
}
for (const [body, code] of Object.entries(refused)) {
  test(`${body} is refused: ${code}`, () => assert.equal(codeOf(body), code))
}

test('bytes that are not UTF-8 are refused', () => {
  assert.equal(codeOf(Buffer.from([0x4e, 0x3d, 0xff])), 'MalformedQueryStringException')
})

test('the names of built-in object members are ordinary names', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    assert.deepEqual(read(`Name=a&${name}=b&${name}.x.y=c`), { Name: 'a' })
    assert.equal(codeOf(`${name}=b`), 'ValidationException')
  }
})

// The time must grow linearly with the size: with quadratic time, these inputs would exceed the time limit of the
// tests.
test('too many, too long and too deep parameters are refused', () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => `p${n}=`).join('&')
  assert.equal(codeOf(`Name=a&${many(3999)}`), 'read')
  assert.equal(codeOf(`Name=a&${many(4000)}`), 'InvalidQueryParameterException')
  assert.equal(codeOf(`Name=a${'&'.repeat(3999)}`), 'read')
  assert.equal(codeOf(`Name=a${'&'.repeat(4000)}&b=c`), 'InvalidQueryParameterException')
  assert.equal(codeOf(`${'N'.repeat(513)}=a`), 'InvalidQueryParameterException')
  assert.equal(codeOf(`Name=a&${'.'.repeat(500)}=a`), 'InvalidQueryParameterException')
  const huge = 1024 * 1024
  for (const body of [
    '&'.repeat(huge),
    '.'.repeat(huge),
    '%'.repeat(huge),
    'a=&'.repeat(huge / 3),
    '='.repeat(huge),
  ]) {
    assert.notEqual(codeOf(body), 'read')
  }
})

// An expression that looked for the end of the digits from each zero took 200 ms for 2000 such names.
test('the zeros before a number are removed, and those of other names stay', () => {
  const zeros = '0'.repeat(450)
  const items = (...names: string[]) => [
    ...nestParameters(new Map(names.map(name => [name, '']))).inside.keys(),
  ]
  assert.deepEqual(items('007', '00', `${zeros}1`, `${zeros}x`, ''), ['7', '0', '1', `${zeros}x`, ''])
})

test('any bytes are either read or refused', () => {
  const pieces = fc.constantFrom(
    'Name=',
    'Names',
    '.member',
    '.1',
    '.2',
    '=',
    '&',
    '+',
    '%',
    '%41',
    '%e2%82%ac',
    'Tags',
    '.Key',
    'Map.entry',
    '.key',
    '.value',
    'Count=1',
    '\u20ac',
    '\0',
    '[',
    ']',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(pieces).map(parts => parts.join('')),
        fc.string({ unit: 'binary' }),
      ),
      body => {
        const known = [
          'read',
          'MalformedQueryStringException',
          'InvalidQueryParameterException',
          'SerializationException',
          'ValidationException',
        ]
        assert.ok(known.includes(codeOf(body.toWellFormed())))
      },
    ),
    { numRuns: 5000 },
  )
})

test('any text that a client encodes is read back unchanged', () => {
  const text = fc.string({ unit: 'binary' }).map(value => value.toWellFormed())
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 12 }), (name, names) => {
      const form = new URLSearchParams([
        ['Name', name],
        ...names.map((value, index) => [`Names.member.${index + 1}`, value]),
      ])
      assert.deepEqual(read(form.toString()), { Name: name, ...(names.length > 0 ? { Names: names } : {}) })
    }),
  )
})
