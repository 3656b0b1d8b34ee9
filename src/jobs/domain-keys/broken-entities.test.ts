import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { idNo } from '../bench.test.ts'
import { home, hourMillis, minuteMillis, useDomainKeyBench } from './bench.test.ts'

const bench = useDomainKeyBench()
const arnOf = (number: number) => `arn:aws:kms:${home.region}:${home.accountId}:key/${idNo(number)}`

/** Changes the database outside of its store. */
function tamper(sql: string): void {
  const path = join(bench.it.dataDirectory, 'keyward.db')
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  database.exec(sql)
  database.close()
}

/** Rotates the domain key of `home`, and re-wraps what can be. */
async function rotate() {
  const { it } = bench
  await it.rotate(home.region)
  it.time += minuteMillis
  await it.runAll()
}
const oldKey = () => bench.it.keys().filter(key => key === `${home.region} 1 retiring`)

test('a domain key stays while an entity that does not verify needs it, and goes when the entity is deleted', async () => {
  const { it } = bench
  tamper(`UPDATE kms_keys SET description = 'changed' WHERE key_id = '${idNo(7)}'`)
  await rotate()
  const { phase, broken } = (await it.progress()) ?? assert.fail()
  assert.deepEqual({ phase, broken }, { phase: 'waiting', broken: [`KMS key ${arnOf(7)}`] })
  assert.equal(oldKey().length, 1)
  const stored = await it.store.reader.keys.find(home, idNo(8))
  const tokens = stored?.materials.map(({ keyToken }) => keyToken ?? assert.fail()) ?? []
  assert.deepEqual(
    tokens.map(token => it.hsm.authenticator.isCurrent(home.region, token)),
    [true],
  )

  tamper(
    `DELETE FROM key_materials WHERE key_id = '${idNo(7)}'; DELETE FROM kms_keys WHERE key_id = '${idNo(7)}'`,
  )
  it.time += hourMillis - 1
  await it.runAll()
  assert.equal(oldKey().length, 1)
  it.time += 1
  await it.runAll()
  assert.deepEqual([await it.progress(), oldKey()], [undefined, []])
})

test('an entity whose token does not open ends the rounds, and keeps its domain key', async () => {
  const { it } = bench
  const record = (await it.store.reader.keys.find(home, idNo(9))) ?? assert.fail()
  const material = record.materials[0] ?? assert.fail()
  const keyToken = Buffer.from(material.keyToken ?? assert.fail())
  keyToken[keyToken.length - 1] = (keyToken.at(-1) ?? 0) ^ 1
  await it.store.write(writer => writer.keys.putMaterial(home, idNo(9), { ...material, keyToken }))
  await rotate()
  const { phase, broken } = (await it.progress()) ?? assert.fail()
  assert.deepEqual({ phase, broken }, { phase: 'waiting', broken: [`KMS key ${arnOf(9)}`] })
  assert.equal(oldKey().length, 1)
  assert.deepEqual(
    (await it.records()).map(({ eventName }) => eventName),
    ['RotateDomainKeys'],
  )
})

test('an entity that does not verify does not keep the domain keys of others, and another rotation may begin', async () => {
  const { it } = bench
  tamper(`UPDATE users SET user_name = 'bob' WHERE user_name = 'ann'`)
  await it.rotate()
  it.time += 36 * hourMillis
  await it.runAll()
  const retiring = () => it.keys().filter(key => key.endsWith('retiring'))
  assert.deepEqual(retiring(), ['global 1 retiring'])
  await rotate()
  assert.deepEqual(retiring(), ['global 1 retiring'])
  assert.ok(it.keys().includes(`${home.region} 3 current`))
})
