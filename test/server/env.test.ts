import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { runKeyward, startKeyward, temporaryDirectory } from '../fixtures/keyward-process.ts'

const keyward = await startKeyward()
assert.equal(await keyward.stop(), 0)
const { dataDirectory } = keyward

/** A PATH on which `aws` prints this version. */
function pathWithAws(version: string): string {
  const path = temporaryDirectory()
  writeFileSync(join(path, 'aws'), `#!/bin/sh\necho 'aws-cli/${version} Python/3.11.2 Linux/6.1.0'\n`, {
    mode: 0o755,
  })
  return `${path}:${process.env['PATH']}`
}

// AWS Developer Tools Blog, "New: Improved flexibility when configuring endpoint URLs": "1.29.0 or greater, or 2.13.0 or greater".
test('env warns about an AWS CLI that does not read the endpoint, and a shell can still run the lines', async () => {
  const args = ['env', '--data-dir', dataDirectory]
  const run = (PATH: string) => runKeyward(args, { environment: { PATH } })
  for (const version of ['1.29.0', '1.46.3', '2.13.0', '2.36.9', '3.0.0']) {
    const { code, stderr } = await run(pathWithAws(version))
    assert.deepEqual([version, code, stderr], [version, 0, ''])
  }
  const { stdout } = await run(dirname(process.execPath))
  for (const version of ['1.28.85', '1.9.0', '2.9.19', '2.12.7', '2.0.0dev4']) {
    const warned = await run(pathWithAws(version))
    assert.deepEqual([version, warned.code, warned.stdout], [version, 0, stdout])
    assert.match(
      warned.stderr,
      /^WARNING: .* version \S+\. .*\n .* --endpoint-url http:\/\/127\.0\.0\.1:\d+\n$/,
    )
    assert.ok(warned.stderr.includes(` ${version}. `), warned.stderr)
  }
})

test('env prints the access key and its secret if they are asked for, for any secret', async () => {
  const odd = temporaryDirectory()
  cpSync(dataDirectory, odd, { recursive: true })
  const evaluated = async (flags: readonly string[]) => {
    const { code, stdout } = await runKeyward(['env', '--data-dir', odd, ...flags])
    assert.equal(code, 0)
    const print = 'printf "%s|%s|%s" "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN"'
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: 'old',
      AWS_SECRET_ACCESS_KEY: 'old',
      AWS_SESSION_TOKEN: 'old',
    }
    return spawnSync('sh', ['-c', `${stdout}\n${print}`], { encoding: 'utf8', env }).stdout
  }
  const [, id, secret] =
    /_id = (.*)\n.*_key = (.*)\n/.exec(readFileSync(join(odd, 'credentials'), 'utf8')) ?? []
  assert.equal(await evaluated([]), '||')
  assert.equal(await evaluated(['--keys']), `${id}|${secret}|`)
  const profile = (name: string, key: string, value: string) =>
    `[${name}]\naws_access_key_id=${key}\naws_secret_access_key =  ${value} \n`
  const wild = 'a\'b"c$(touch x)`touch y`\\ #'
  const file = `${profile('first', 'AKIAFIRST', 'x')}\n${profile('default', 'AKIAWILD', wild)}\n${profile('last', 'AKIALAST', 'y')}`
  writeFileSync(join(odd, 'credentials'), file)
  assert.equal(await evaluated(['--keys']), `AKIAWILD|${wild}|`)
  writeFileSync(join(odd, 'credentials'), profile('first', 'AKIAFIRST', 'x'))
  const { code, stdout, stderr } = await runKeyward(['env', '--data-dir', odd, '--keys'])
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(stderr, /^keyward: There are no credentials in .*credentials\.\n$/)
})
