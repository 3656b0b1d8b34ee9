import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nitroRootCertificatePem } from '../nitro/index.ts'
import { certificateFingerprint } from './trust-anchor.ts'

const pem = nitroRootCertificatePem
/** AWS Nitro Enclaves User Guide, "Verifying the root of trust": the fingerprint of its root certificate. */
const published = '641A0321A3E244EFE456463195D606317ED7CDCC3C1756E09893F3C68F79BB5B'.toLowerCase()

test('the fingerprint of a certificate is the published one, however its text is laid out', () => {
  const oneLine = pem.replace(/(?<=[^-])\n(?=[^-])/g, '')
  for (const text of [pem, pem.replaceAll('\n', '\r\n'), `\n\t${pem}\n`, pem.trimEnd(), oneLine])
    assert.equal(certificateFingerprint(text), published)
})

test('a text that is not one certificate has no fingerprint', () => {
  const body = pem.split('\n').slice(1, -2).join('')
  const wrapped = (der: Buffer, label = 'CERTIFICATE') =>
    `-----BEGIN ${label}-----\n${der.toString('base64')}\n-----END ${label}-----\n`
  const der = Buffer.from(body, 'base64')
  assert.equal(certificateFingerprint(wrapped(der)), published)
  for (const text of [
    ...['', 'text', body, `${pem}${pem}`, `${pem}text`, `Subject: CN=a\n${pem}`],
    ...[wrapped(der, 'TRUSTED CERTIFICATE'), wrapped(der, 'PUBLIC KEY'), wrapped(der, 'X509 CERTIFICATE')],
    ...[wrapped(Buffer.alloc(0)), wrapped(Buffer.from('text')), wrapped(der.subarray(0, -1))],
    ...[wrapped(Buffer.concat([der, Buffer.alloc(1)])), wrapped(Buffer.concat([der, der]))],
    ...[pem.replace('-----END', '----END'), der.toString('latin1'), pem.replace('MII', 'M-I')],
    // Base64 ends with its padding, and RFC 7468 has no other blanks than these.
    ...[pem.replace('-----END', '=AAAA\n-----END'), `\ufeff${pem}`, `\u00a0${pem}`],
  ])
    assert.equal(certificateFingerprint(text), undefined, text.slice(0, 60))
})
