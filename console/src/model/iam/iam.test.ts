import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessKeyFile } from './access-key-file.ts'
import { accountTrust, decodeDocument, documentFindings, emptyPolicy, templates } from './documents.ts'
import { nameFault, pathFault } from './names.ts'

// IAM API reference, CreateUser: UserName is 1 to 64 of [\w+=,.@-]; Path begins and ends with a slash.
test('names and paths are those that IAM takes', () => {
  for (const name of ['a', 'a+b=c,d.e@f_g-1', 'x'.repeat(64)]) assert.equal(nameFault(name), undefined, name)
  for (const name of ['', 'a b', 'a/b', 'ä', 'x'.repeat(65), '<b>'])
    assert.notEqual(nameFault(name), undefined, name)
  for (const path of ['/', '/team/', '/a/b/']) assert.equal(pathFault(path), undefined, path)
  for (const path of ['', 'team', '/team', 'team/', '/a b/', '/ä/'])
    assert.notEqual(pathFault(path), undefined, path)
})

test('a document is read from its percent-encoded form', () => {
  assert.equal(decodeDocument('%7B%22a%22%3A%20%22%25%22%7D'), '{\n  "a": "%"\n}')
  assert.equal(decodeDocument('100%'), '100%')
})

test('templates have no findings, and each kind of document has its own', () => {
  for (const template of Object.values(templates))
    assert.deepEqual(documentFindings(template('*'), 'identity'), [])
  assert.deepEqual(documentFindings(emptyPolicy, 'identity'), [])
  const trust = accountTrust('111122223333', 'aws')
  assert.deepEqual(documentFindings(trust, 'trust'), [])
  assert.match(documentFindings(trust, 'identity')[0]?.message ?? '', /names no principal/)
  assert.match(documentFindings(templates['See keys']?.('*') ?? '', 'trust')[0]?.message ?? '', /may assume/)
  for (const text of ['', '{', '{}', '[]', 'null', '{"Statement":[]}', '{"Statement":[1]}'])
    assert.equal(documentFindings(text, 'identity')[0]?.severity, 'error', text)
})

// IAM user guide, "Manage access keys for IAM users": its example key. One secret of 64 begins with "+", as a formula does.
test('the file of an access key has the secret as it is', () => {
  for (const secret of [
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    '+JalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  ]) {
    const [header, row] = accessKeyFile('AKIAIOSFODNN7EXAMPLE', secret).split('\r\n')
    assert.equal(header, 'Access key ID,Secret access key')
    assert.deepEqual(row?.split(','), ['AKIAIOSFODNN7EXAMPLE', secret])
  }
})
