import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chooseEncoding } from './console-files.ts'
import { contentSecurityPolicy } from './console-headers.ts'

// W3C, Content Security Policy Level 3, and RFC 9110, 12.5.3.

describe('the content security policy', () => {
  const hash = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
  const directivesOf = (policy: string) =>
    Object.fromEntries(policy.split('; ').map(text => text.split(/ (.*)/s, 2)))
  const strict = {
    'default-src': "'none'",
    'script-src': `'self' '${hash}'`,
    'style-src': "'self'",
    'img-src': "'self' data:",
    'connect-src': "'self'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    'require-trusted-types-for': "'script'",
    'trusted-types': "'none'",
  }

  test('allows the built files and the server alone', () => {
    assert.deepEqual(directivesOf(contentSecurityPolicy(hash, [])), strict)
  })

  test('adds token endpoints to the addresses that may be called, and to nothing else', () => {
    const endpoints = ['https://login.example.com/token', 'https://id.example.org/oauth2/v1/token']
    assert.deepEqual(directivesOf(contentSecurityPolicy(hash, endpoints)), {
      ...strict,
      'connect-src': `'self' ${endpoints.join(' ')}`,
    })
  })
})

const chosen: Readonly<Record<string, 'br' | 'gzip' | 'identity'>> = {
  '': 'identity',
  'gzip, deflate, br, zstd': 'br',
  'gzip, deflate': 'gzip',
  GZIP: 'gzip',
  deflate: 'identity',
  '*': 'br',
  'br;q=0, *': 'gzip',
  'br;q=0, gzip;q=0': 'identity',
  'br;q=0.000, gzip;q=0.001': 'gzip',
  'br ; Q=0 , gzip ; q=1': 'gzip',
  'gzip;q=none': 'identity',
  'identity;q=0': 'identity',
  '*;q=0': 'identity',
  brotli: 'identity',
}

for (const [header, encoding] of Object.entries(chosen)) {
  test(`Accept-Encoding "${header}" gets ${encoding}`, () => assert.equal(chooseEncoding(header), encoding))
}

test('a request without Accept-Encoding gets plain bytes', () => {
  assert.equal(chooseEncoding(undefined), 'identity')
})
