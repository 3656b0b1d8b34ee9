import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'
import { skipWithoutTerraform, Terraform } from './terraform.ts'

// Terraform's resources of keys, grants and identities with AWS's own provider.

const identities = `
data "aws_caller_identity" "me" {}

resource "aws_iam_user" "user" {
  name                 = "carol"
  path                 = "/team/"
  force_destroy        = true
  permissions_boundary = aws_iam_policy.policy.arn
}
resource "aws_iam_access_key" "key" { user = aws_iam_user.user.name }
resource "aws_iam_group" "group" { name = "keepers" }
resource "aws_iam_user_group_membership" "membership" {
  user   = aws_iam_user.user.name
  groups = [aws_iam_group.group.name]
}
resource "aws_iam_policy" "policy" {
  name   = "use-keys"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "kms:*", Resource = "*" }] })
}
resource "aws_iam_user_policy_attachment" "attachment" {
  user       = aws_iam_user.user.name
  policy_arn = aws_iam_policy.policy.arn
}
resource "aws_iam_group_policy" "inline" {
  group  = aws_iam_group.group.name
  name   = "list"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "kms:List*", Resource = "*" }] })
}
resource "aws_iam_role" "role" {
  name = "worker"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = aws_iam_user.user.arn }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_instance_profile" "profile" {
  name = "workers"
  path = "/team/"
  role = aws_iam_role.role.name
}
resource "aws_iam_openid_connect_provider" "provider" {
  url             = "https://token.example.com"
  client_id_list  = ["sts.amazonaws.com", "app"]
  thumbprint_list = ["${'c'.repeat(40)}"]
}
resource "aws_iam_account_alias" "alias" { account_alias = "keepers-of-keys" }
resource "aws_iam_service_linked_role" "linked" {
  aws_service_name = "autoscaling.amazonaws.com"
  description      = "scales"
}
`

const keys = (description: string) => `
resource "aws_kms_key" "key" {
  description             = "${description}"
  enable_key_rotation     = true
  rotation_period_in_days = 180
  deletion_window_in_days = 7
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid = "all", Effect = "Allow", Action = "kms:*", Resource = "*"
      Principal = { AWS = "arn:aws:iam::\${data.aws_caller_identity.me.account_id}:root" }
    }]
  })
}
resource "aws_kms_alias" "alias" {
  name          = "alias/orders"
  target_key_id = aws_kms_key.key.key_id
}
resource "aws_kms_grant" "grant" {
  name              = "worker"
  key_id            = aws_kms_key.key.key_id
  grantee_principal = aws_iam_role.role.arn
  operations        = ["Encrypt", "Decrypt"]
  constraints { encryption_context_equals = { order = "7" } }
}
resource "aws_kms_key" "signer" {
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"
  deletion_window_in_days  = 7
}
resource "aws_kms_key" "primary" {
  multi_region            = true
  deletion_window_in_days = 7
}
resource "aws_kms_replica_key" "replica" {
  provider                = aws.west
  primary_key_arn         = aws_kms_key.primary.arn
  deletion_window_in_days = 7
}
resource "aws_kms_external_key" "external" {
  key_material_base64     = "${Buffer.alloc(32, 7).toString('base64')}"
  deletion_window_in_days = 7
}
resource "aws_kms_ciphertext" "ciphertext" {
  key_id    = aws_kms_key.key.key_id
  plaintext = "attack at dawn"
}
data "aws_kms_alias" "predefined" { name = "alias/aws/s3" }
data "aws_kms_public_key" "signer" { key_id = aws_kms_key.signer.key_id }
output "predefined" { value = data.aws_kms_alias.predefined.target_key_arn }
`

describe('Terraform', { skip: skipWithoutTerraform }, () => {
  let keyward: KeywardProcess
  let terraform: Terraform

  before(async () => {
    keyward = await startKeyward({ flags: ['--regions', 'us-east-1,us-west-2'] })
    terraform = new Terraform(keyward)
    terraform.write('identities.tf', identities)
    await terraform.run('init')
  })
  after(() => keyward.stop())

  const apply = (description: string) => {
    terraform.write('keys.tf', keys(description))
    return terraform.run('apply', '-auto-approve')
  }

  test('creates keys, grants and identities, finds nothing to change, applies an edit, and destroys everything', async () => {
    const made = await apply('orders')
    assert.match(made, /Apply complete! Resources: \d+ added, 0 changed, 0 destroyed\./)
    assert.match(made, /predefined = "arn:aws:kms:us-east-1:000000000000:key\//)
    // It exits with 2 if there is something to change.
    await terraform.run('plan', '-detailed-exitcode')
    assert.match(await apply('more orders'), /Apply complete! Resources: 0 added, 1 changed, 0 destroyed\./)
    assert.match(await terraform.run('destroy', '-auto-approve'), /Destroy complete!/)
  })
})
