// The output members that AWS's SDK can read and the server of these tests does not send, and why. The names are those of
// answers.test.ts: by operation, except for structures that several operations return.

const clusters =
  'the server of these tests has no HSMs: that of test/acceptance/custom-key-stores/cluster-stores.test.ts has them'

/** Members that our outputs declare and never have here. */
export const unansweredOutputs: Readonly<Record<string, string>> = {
  'KeyMetadata/CloudHsmClusterId': clusters,
  'DescribeCustomKeyStores CustomKeyStores/[]/CloudHsmClusterId': clusters,
  'DescribeCustomKeyStores CustomKeyStores/[]/TrustAnchorCertificate': clusters,
  'GetKeyRotationStatus OnDemandRotationStartDate': 'a rotation on demand is done before its answer',
  'ListKeyPolicies NextMarker': 'a key has one policy',
}

/** AWS's model does not mark these as sensitive. They do not appear in messages and logs, since a reader could use them. */
export const hiddenPlaces: readonly string[] = ['GrantTokens', 'GrantToken']
