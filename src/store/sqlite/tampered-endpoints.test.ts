import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { emptyEndpointOf, vpcEndpointOf } from '../../../test/fixtures/private-endpoints/sample-endpoints.ts'
import { openTestStore } from '../../../test/fixtures/test-store.ts'
import { home } from '../contract/databases.test.ts'
import { DoesNotVerify } from '../index.ts'

// The policy and the addresses of an endpoint decide, so an endpoint that was changed outside must be in no list.

const tampered = emptyEndpointOf(home, 1)

for (const change of [
  `policy_document = '{"Statement":[{"Effect":"Allow"}]}'`,
  `interfaces = '[{"subnetId":"subnet-1a2b3c4d","ipv4":"0.0.0.0"}]'`,
  `security_group_ids = 'no JSON'`,
  `state = 'available'`,
  `client_token_digest = 'a digest without a token'`,
  `client_token = 'a token without a digest'`,
  `last_error = '{}'`,
  `region = 'eu-central-1'`,
])
  test(`an endpoint does not verify with ${change}`, async t => {
    const directory = mkdtempSync(join(tmpdir(), 'keyward-endpoints-'))
    t.after(() => rmSync(directory, { recursive: true }))
    const path = join(directory, 'keyward.db')
    const store = await openTestStore(path)
    await store.write(async writer => {
      await writer.accounts.insert(home.accountId, 1)
      await writer.vpcEndpoints.insert(tampered)
      await writer.vpcEndpoints.insert(vpcEndpointOf(home, 2))
    })
    await store.close()
    const database = new DatabaseSync(path)
    database.exec(`update vpc_endpoints set ${change} where vpc_endpoint_id = '${tampered.vpcEndpointId}'`)
    database.close()
    const broken: string[] = []
    const again = await openTestStore(path, error => broken.push(error.entity))
    const { vpcEndpoints } = again.reader
    const region = change.startsWith('region') ? 'eu-central-1' : home.region
    const place = { ...home, region }
    await assert.rejects(vpcEndpoints.find(place, tampered.vpcEndpointId), DoesNotVerify)
    if (change.includes('client_token ='))
      await assert.rejects(vpcEndpoints.findByClientToken(home, 'a token without a digest'), DoesNotVerify)
    assert.deepEqual(await vpcEndpoints.list(place), region === home.region ? [vpcEndpointOf(home, 2)] : [])
    assert.deepEqual(await vpcEndpoints.listAll(), [vpcEndpointOf(home, 2)])
    const name = `VPC endpoint arn:aws:ec2:${region}:000000000000:vpc-endpoint/${tampered.vpcEndpointId}`
    assert.deepEqual(broken, [name, name])
    await assert.rejects(
      again.write(writer => writer.vpcEndpoints.update({ ...tampered, region })),
      DoesNotVerify,
    )
    await again.close()
  })
