import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GetTrailStatusCommand, ListTagsCommand } from '@aws-sdk/client-cloudtrail'
import { cloudTrailClient, cloudTrailServer } from '../cloudtrail/cloudtrail-server.ts'
import { skipWithoutTerraform, Terraform } from './terraform.ts'

// Terraform's resource of a trail with AWS's own provider. The bucket is on a different server, so it is named by its name.

const trails = (prefix: string, isLogging: boolean) => `
data "aws_caller_identity" "me" {}

resource "aws_kms_key" "trail" { deletion_window_in_days = 7 }

resource "aws_cloudtrail" "whole" {
  name                       = "whole"
  s3_bucket_name             = "logs"
  s3_key_prefix              = "${prefix}"
  enable_logging             = ${isLogging}
  is_multi_region_trail      = true
  enable_log_file_validation = true
  kms_key_id                 = aws_kms_key.trail.arn
  tags                       = { team = "${prefix}" }
  event_selector {
    read_write_type                  = "WriteOnly"
    include_management_events        = true
    exclude_management_event_sources = ["kms.amazonaws.com"]
  }
}

resource "aws_cloudtrail" "plain" {
  name           = "plain"
  s3_bucket_name = "logs"
}

resource "aws_cloudtrail" "advanced" {
  name           = "advanced"
  s3_bucket_name = "logs"
  advanced_event_selector {
    name = "reads"
    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
    field_selector {
      field  = "readOnly"
      equals = ["true"]
    }
  }
}
output "arn" { value = aws_cloudtrail.whole.arn }
`

describe('Terraform', { skip: skipWithoutTerraform }, () => {
  test('creates trails, finds nothing to change, applies an edit, and destroys everything', async () => {
    const server = await cloudTrailServer()
    const client = cloudTrailClient(server)
    const terraform = new Terraform(server)
    terraform.write('trails.tf', trails('blue', true))
    await terraform.run('init')
    const made = await terraform.run('apply', '-auto-approve')
    assert.match(made, /Apply complete! Resources: 4 added, 0 changed, 0 destroyed\./)
    const arn = 'arn:aws:cloudtrail:us-east-1:000000000000:trail/whole'
    assert.ok(made.includes(`arn = "${arn}"`), made)
    // It exits with 2 if there is something to change.
    await terraform.run('plan', '-detailed-exitcode')
    const status = async () => (await client.send(new GetTrailStatusCommand({ Name: 'whole' }))).IsLogging
    assert.equal(await status(), true)
    terraform.write('trails.tf', trails('red', false))
    const edited = await terraform.run('apply', '-auto-approve')
    assert.match(edited, /Apply complete! Resources: 0 added, 1 changed, 0 destroyed\./)
    assert.equal(await status(), false)
    const { ResourceTagList } = await client.send(new ListTagsCommand({ ResourceIdList: [arn] }))
    const tags = ResourceTagList?.[0]?.TagsList?.map(({ Key, Value }) => `${Key}=${Value}`)
    assert.deepEqual(tags?.sort(), ['managed=terraform', 'team=red'])
    await terraform.run('plan', '-detailed-exitcode')
    assert.match(await terraform.run('destroy', '-auto-approve'), /Destroy complete!/)
  })
})
