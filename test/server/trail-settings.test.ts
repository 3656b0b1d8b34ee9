import { test } from 'node:test'
import { temporaryFile } from '../fixtures/keyward-process.ts'
import { isRefused } from '../fixtures/refused-start.ts'

// Settings of the delivery of trails that do not fit. `env` reads all settings and always ends.

test('settings of trails that do not fit are refused', async () => {
  const credentials = temporaryFile(
    'credentials',
    '[default]\naws_access_key_id = a\naws_secret_access_key = b\n',
  )
  const s3 = (endpoint: string, path = credentials) => [
    '--trail-s3-endpoint',
    endpoint,
    '--trail-s3-credentials',
    path,
  ]
  for (const url of [
    's3.example.com',
    'ftp://s3.example.com',
    'https://a:b@s3.example.com',
    'https://:b@s3.example.com',
    'https://a.example/?x',
  ])
    await isRefused(
      s3(url),
      {},
      /KEYWARD_TRAIL_S3_ENDPOINT .*it must be a URL such as https:\/\/s3\.example\.com/,
    )
  await isRefused(
    s3('https://a.example', '/no/such/file'),
    {},
    /There are no credentials in \/no\/such\/file/,
  )
  const denied = /cannot be delivered to http:\/\/10\.0\.0\.1: 10\.0\.0\.1 is a private address/
  await isRefused(s3('http://10.0.0.1'), {}, denied)
  const refused: [trails: object, says: RegExp][] = [
    [{ s3: { region: 'eu-west-1' } }, /trails\.s3 needs KEYWARD_TRAIL_S3_ENDPOINT/],
    [{ fileInterval: '5' }, /trails\.fileInterval must be a time such as 10s/],
    [{ digestInterval: '30s' }, /trails\.digestInterval must be .* at least 60s/],
    [{ buckets: { Logs: { directory: '/a' } } }, /trails\.buckets\.Logs is not below the name of a bucket/],
    [{ buckets: { logs: {} } }, /trails\.buckets\.logs must have a directory/],
    [{ interval: '5m' }, /is not a setting here/],
  ]
  for (const [trails, says] of refused)
    await isRefused([], { KEYWARD_AUDIT: JSON.stringify({ trails }) }, says)
  for (const region of ['moon', ''])
    await isRefused(
      s3('https://a.example'),
      { KEYWARD_AUDIT: JSON.stringify({ trails: { s3: { region } } }) },
      /must be a Region/,
    )
})
