import assert from 'node:assert/strict'
import { test } from 'node:test'
import { areTagsTooLarge, packedSizePercent } from './packed-size.ts'

// The values that AWS has answered. Its format is not public, so a rule of lengths can only stay on the side of refusing.

const empty = { policy: undefined, policyArns: [], tags: [] }
const ofPolicy = (policy: string) => packedSizePercent({ ...empty, policy })
const tagsOf = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([tagKey, tagValue]) => ({ tagKey, tagValue }))

test('a request without policies and tags takes no space (recorded from AWS: GetFederationToken)', () => {
  assert.equal(packedSizePercent(empty), 0)
})

test('session policies take what AWS answered for them, whatever their white space', () => {
  assert.equal(ofPolicy('x'.repeat(85)), 4)
  assert.equal(ofPolicy('x'.repeat(1097)), 91)
  assert.equal(ofPolicy(` ${'x\n\t '.repeat(1097)}`), 91)
  assert.equal(ofPolicy('{}'), 1)
})

test('nine tags of 250 times one letter take 498 % (aws-actions/configure-aws-credentials#1898)', () => {
  const tags = Array.from({ length: 9 }, (_, n) => ({ tagKey: `T${n + 1}`, tagValue: 'a'.repeat(250) }))
  assert.equal(packedSizePercent({ ...empty, tags }), 498)
  assert.ok(areTagsTooLarge({ ...empty, tags }))
})

// The keys are from the EKS user guide, "EKS Pod Identity session tags"; the values have the length of common names.
test('the six tags of EKS Pod Identity take about 74 %, and never less (aws/containers-roadmap#2413)', () => {
  const tags = tagsOf({
    'eks-cluster-arn': 'arn:aws:eks:eu-central-1:111122223333:cluster/production',
    'eks-cluster-name': 'production',
    'kubernetes-namespace': 'payments',
    'kubernetes-service-account': 'payments-api',
    'kubernetes-pod-name': 'payments-api-7d9c6b5f4-x2x7q',
    'kubernetes-pod-uid': '4f5b6c7d-1111-4222-8333-944455566677',
  })
  const percent = packedSizePercent({ ...empty, tags })
  assert.ok(percent >= 55 && percent <= 80, `${percent}`)
})

test('tags count in bytes, and policies, ARNs and tags count together', () => {
  const ascii = packedSizePercent({ ...empty, tags: tagsOf({ a: 'e'.repeat(100) }) })
  const cyrillic = packedSizePercent({ ...empty, tags: tagsOf({ a: 'ж'.repeat(100) }) })
  assert.ok(cyrillic > ascii * 1.9)
  const policyArns = ['arn:aws:iam::aws:policy/ReadOnlyAccess']
  const both = packedSizePercent({ policy: 'x'.repeat(1097), policyArns, tags: tagsOf({ a: 'b' }) })
  assert.ok(both > 91 + 3 && both <= 100, `${both}`)
  assert.ok(!areTagsTooLarge({ policy: 'x'.repeat(2048), policyArns, tags: tagsOf({ a: 'b' }) }))
})
