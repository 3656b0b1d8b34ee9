import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loopbackNetwork, loopbackVpc } from '../../fixtures/private-endpoints/loopback-network.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { skipWithoutTerraform, Terraform } from './terraform.ts'

// Terraform's resource of a VPC endpoint, and the data sources beside it, with AWS's own provider.

interface Draft {
  readonly policy?: string
  readonly zones: readonly string[]
  readonly team: string
}

const endpoint = ({ policy, zones, team }: Draft) => `
data "aws_vpc" "main" { id = "${loopbackVpc}" }
data "aws_subnet" "each" {
  for_each          = toset(${JSON.stringify(zones)})
  vpc_id            = data.aws_vpc.main.id
  availability_zone = each.key
}
data "aws_security_group" "default" {
  vpc_id = data.aws_vpc.main.id
  name   = "default"
}
data "aws_vpc_endpoint_service" "kms" { service = "kms" }
data "aws_availability_zones" "all" {}
data "aws_route_tables" "all" { vpc_id = data.aws_vpc.main.id }

resource "aws_vpc_endpoint" "kms" {
  vpc_id              = data.aws_vpc.main.id
  service_name        = data.aws_vpc_endpoint_service.kms.service_name
  vpc_endpoint_type   = "Interface"
  subnet_ids          = [for subnet in data.aws_subnet.each : subnet.id]
  security_group_ids  = [data.aws_security_group.default.id]
  private_dns_enabled = true
  tags                = { team = "${team}" }
  ${policy === undefined ? '' : `policy = jsonencode(${policy})`}
}

data "aws_vpc_endpoint" "same" { id = aws_vpc_endpoint.kms.id }
output "id" { value = aws_vpc_endpoint.kms.id }
output "state" { value = data.aws_vpc_endpoint.same.state }
`

const policy = `{
  Version   = "2012-10-17"
  Statement = [{ Effect = "Allow", Principal = "*", Action = ["kms:Decrypt", "kms:Encrypt"], Resource = "*" }]
}`

describe('Terraform', { skip: skipWithoutTerraform }, () => {
  test('creates an endpoint, finds nothing to change, applies edits, imports it, and destroys it', async () => {
    const { environment } = await loopbackNetwork()
    const terraform = new Terraform(await testServer({ environment }))
    const apply = async (draft: Draft, expected: RegExp) => {
      terraform.write('endpoint.tf', endpoint(draft))
      assert.match(await terraform.run('apply', '-auto-approve'), expected)
      // It exits with 2 if there is something to change.
      await terraform.run('plan', '-detailed-exitcode')
    }
    terraform.write('endpoint.tf', endpoint({ policy, zones: ['us-east-1a'], team: 'blue' }))
    await terraform.run('init')
    const zones = ['us-east-1a', 'us-east-1b']
    await apply({ policy, zones: ['us-east-1a'], team: 'blue' }, /1 added, 0 changed, 0 destroyed\./)
    const id = (await terraform.run('output', '-raw', 'id')).trim()
    assert.match(id, /^vpce-[0-9a-f]{17}$/)
    const shown = await terraform.run('state', 'show', 'aws_vpc_endpoint.kms')
    assert.match(
      shown,
      new RegExp(`dns_name += "${id}-[a-z0-9]{8}-us-east-1a.kms.us-east-1.vpce.amazonaws.com"`),
    )
    assert.match(shown, /dns_name += "kms.us-east-1.amazonaws.com"/)
    const changed = /0 added, 1 changed, 0 destroyed\./
    await apply({ policy, zones, team: 'red' }, changed)
    await apply({ policy: policy.replace('kms:Encrypt', 'kms:Sign'), zones, team: 'red' }, changed)
    await apply({ zones: ['us-east-1b'], team: 'red' }, changed)
    await terraform.run('state', 'rm', 'aws_vpc_endpoint.kms')
    await terraform.run('import', 'aws_vpc_endpoint.kms', id)
    await terraform.run('plan', '-detailed-exitcode')
    assert.match(
      await terraform.run('destroy', '-auto-approve'),
      /Destroy complete! Resources: 1 destroyed\./,
    )
  })

  test('creates an endpoint with what AWS sets if nothing is given', async () => {
    const { environment } = await loopbackNetwork()
    const terraform = new Terraform(await testServer({ environment }))
    terraform.write(
      'endpoint.tf',
      `resource "aws_vpc_endpoint" "kms" {
  vpc_id            = "${loopbackVpc}"
  service_name      = "com.amazonaws.us-east-1.kms"
  vpc_endpoint_type = "Interface"
}`,
    )
    await terraform.run('init')
    assert.match(await terraform.run('apply', '-auto-approve'), /1 added/)
    await terraform.run('plan', '-detailed-exitcode')
    assert.match(await terraform.run('destroy', '-auto-approve'), /1 destroyed/)
  })
})
