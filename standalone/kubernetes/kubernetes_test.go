// Package kubernetes_test checks the manifests of deploy/kubernetes: they are built as
// kubectl apply --kustomize does, with its library, read strictly into Kubernetes' own
// types, held to its "restricted" rules for pods, and compared with the program they start.
package kubernetes_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/pod-security-admission/api"
	security "k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"github.com/figgosync/figgosync/cmd/command"
)

const directory = "../../deploy/kubernetes"

// manifests are what is applied, by kind and name.
type manifests struct {
	*testing.T
	texts map[string]string
}

// build builds the directory as kubectl apply --kustomize does.
func build(t *testing.T) manifests {
	t.Helper()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), directory)
	if err != nil {
		t.Fatal(err)
	}
	m := manifests{T: t, texts: map[string]string{}}
	for _, one := range built.Resources() {
		text, err := one.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		m.texts[one.GetKind()+" "+one.GetName()] = string(text)
	}
	return m
}

// read reads one strictly: a field that Kubernetes does not know, or that is there twice,
// is refused.
func read[T any](m manifests, kind, name string) (value T) {
	m.Helper()
	text, known := m.texts[kind+" "+name]
	if !known {
		m.Fatalf("there is no %s %s", kind, name)
	}
	if err := yaml.UnmarshalStrict([]byte(text), &value); err != nil {
		m.Fatalf("%s %s: %v", kind, name, err)
	}
	return value
}

// Everything is applied, and nothing has a field that its kind does not know.
func TestManifestsAreKubernetesOwn(t *testing.T) {
	t.Parallel()
	m := build(t)
	for key := range m.texts {
		kind, name, _ := strings.Cut(key, " ")
		switch kind {
		case "Deployment":
			read[apps.Deployment](m, kind, name)
		case "Service":
			read[core.Service](m, kind, name)
		case "Ingress":
			read[networking.Ingress](m, kind, name)
		case "NetworkPolicy":
			read[networking.NetworkPolicy](m, kind, name)
		case "PodDisruptionBudget":
			read[policy.PodDisruptionBudget](m, kind, name)
		case "ConfigMap":
			read[core.ConfigMap](m, kind, name)
		case "Namespace":
			read[core.Namespace](m, kind, name)
		case "ServiceAccount":
			read[core.ServiceAccount](m, kind, name)
		default:
			t.Errorf("nobody checks a %s", kind)
		}
	}
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile(filepath.Join(directory, "kustomization.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() != "kustomization.yaml" && !strings.Contains(string(list), "- "+entry.Name()) {
			t.Errorf("%s is never applied", entry.Name())
		}
	}
}

// The namespace refuses pods that break the "restricted" rules, so ours keep them.
func TestPodsAreRestricted(t *testing.T) {
	t.Parallel()
	m := build(t)
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	evaluator, err := security.NewEvaluator(security.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := read[core.Namespace](m, "Namespace", "figgosync").Labels[api.EnforceLevelLabel]; got != string(level.Level) {
		t.Errorf("the namespace enforces %q", got)
	}
	for _, name := range []string{"figgosync-api", "figgosync-worker"} {
		template := read[apps.Deployment](m, "Deployment", name).Spec.Template
		for _, result := range evaluator.EvaluatePod(level, &template.ObjectMeta, &template.Spec) {
			if !result.Allowed {
				t.Errorf("%s: %s: %s", name, result.ForbiddenReason, result.ForbiddenDetail)
			}
		}
		container := template.Spec.Containers[0]
		if !*container.SecurityContext.ReadOnlyRootFilesystem || container.Resources.Limits.Memory().IsZero() ||
			*template.Spec.AutomountServiceAccountToken {
			t.Errorf("%s may write its image, use all memory, or speak to Kubernetes", name)
		}
	}
}

// What refers to something refers to something that is there.
func TestManifestsFitEachOther(t *testing.T) {
	t.Parallel()
	m := build(t)
	pods := map[string]core.PodTemplateSpec{}
	for _, name := range []string{"figgosync-api", "figgosync-worker"} {
		deployment := read[apps.Deployment](m, "Deployment", name)
		pods[name] = deployment.Spec.Template
		m.selects(name, deployment.Spec.Selector, name, pods)
		m.selects(name, read[policy.PodDisruptionBudget](m, "PodDisruptionBudget", name).Spec.Selector, name, pods)
		network := read[networking.NetworkPolicy](m, "NetworkPolicy", name)
		m.selects(name, &network.Spec.PodSelector, name, pods)
		if port := network.Spec.Ingress[0].Ports[0].Port; port.IntVal != deployment.Spec.Template.Spec.Containers[0].Ports[0].ContainerPort {
			t.Errorf("%s: the network lets port %v in", name, port)
		}
		m.mounts(pods[name].Spec)
	}
	service := read[core.Service](m, "Service", "figgosync")
	m.selects("Service", &meta.LabelSelector{MatchLabels: service.Spec.Selector}, "figgosync-api", pods)
	if service.Spec.Ports[0].TargetPort != intstr.FromString(pods["figgosync-api"].Spec.Containers[0].Ports[0].Name) {
		t.Error("the service leads to no port of the API")
	}
	ingress := read[networking.Ingress](m, "Ingress", "figgosync")
	backend := ingress.Spec.Rules[0].HTTP.Paths[0].Backend.Service
	if backend.Name != service.Name || backend.Port.Name != service.Spec.Ports[0].Name {
		t.Error("the ingress leads to no service")
	}
	public := read[core.ConfigMap](m, "ConfigMap", "figgosync-api").Data["FIGGOSYNC_PUBLIC_URL"]
	if public != "https://"+ingress.Spec.Rules[0].Host || ingress.Spec.TLS[0].Hosts[0] != ingress.Spec.Rules[0].Host {
		t.Errorf("the public address %s is not the ingress's", public)
	}
}

// selects sees that a selector fits the pods of one name and no others.
func (m manifests) selects(what string, selector *meta.LabelSelector, name string, pods map[string]core.PodTemplateSpec) {
	m.Helper()
	chosen, err := meta.LabelSelectorAsSelector(selector)
	if err != nil {
		m.Fatal(err)
	}
	for other, pod := range pods {
		if fits := chosen.Matches(labels.Set(pod.Labels)); fits != (other == name) {
			m.Errorf("%s selects pods of %s: %t", what, other, fits)
		}
	}
}

// mounts sees that every mount has its volume, and that only secrets are mounted.
func (m manifests) mounts(pod core.PodSpec) {
	m.Helper()
	for _, mount := range pod.Containers[0].VolumeMounts {
		at := slices.IndexFunc(pod.Volumes, func(v core.Volume) bool { return v.Name == mount.Name })
		if at < 0 || pod.Volumes[at].Secret == nil || *pod.Volumes[at].Secret.DefaultMode != 0o440 || !mount.ReadOnly {
			m.Errorf("%s: %s is not a secret that is only read", pod.Containers[0].Name, mount.Name)
		}
	}
}

// The program knows what it is started with, and finds each file that it is told of.
func TestTheProgramKnowsItsConfiguration(t *testing.T) {
	t.Parallel()
	m := build(t)
	for _, name := range []string{"api", "worker"} {
		pod := read[apps.Deployment](m, "Deployment", "figgosync-"+name).Spec.Template.Spec
		container := pod.Containers[0]
		started, _, err := command.Root("figgosync").Find(container.Args)
		if err != nil || started.Name() != name {
			t.Fatalf("%v starts %v: %v", container.Args, started, err)
		}
		for _, from := range container.EnvFrom {
			for variable, value := range read[core.ConfigMap](m, "ConfigMap", from.ConfigMapRef.Name).Data {
				if !known(started, variable) {
					t.Errorf("%s knows no %s", name, variable)
				}
				if path := filepath.Dir(value); filepath.IsAbs(value) && !slices.ContainsFunc(container.VolumeMounts,
					func(mount core.VolumeMount) bool { return mount.MountPath == path }) {
					t.Errorf("%s: nothing is mounted at %s for %s", name, path, variable)
				}
			}
		}
		for _, probe := range []*core.Probe{container.StartupProbe, container.LivenessProbe, container.ReadinessProbe} {
			if probe.HTTPGet.Port.StrVal != container.Ports[0].Name {
				t.Errorf("%s: a probe asks the port %v", name, probe.HTTPGet.Port)
			}
		}
	}
}

// known tells whether a variable is a flag's of the command, or Temporal's own.
func known(of *cobra.Command, variable string) bool {
	flag, ours := strings.CutPrefix(strings.TrimSuffix(variable, "_FILE"), "FIGGOSYNC_")
	if !ours {
		return variable == "TEMPORAL_ADDRESS" || variable == "TEMPORAL_NAMESPACE"
	}
	return of.Flags().Lookup(strings.ReplaceAll(strings.ToLower(flag), "_", "-")) != nil
}

// secretKey is a key of a Secret as the guide makes it.
var secretKey = regexp.MustCompile(`--from-file=(?:([a-z-]+)=)?([\w./-]+)`)

// The guides make the secrets that are mounted, with the files that are read.
func TestTheGuidesMakeTheSecrets(t *testing.T) {
	t.Parallel()
	m := build(t)
	for _, page := range []string{"../../docs/kubernetes.md", "../../docs/fr/kubernetes.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		made := map[string]bool{}
		for _, found := range secretKey.FindAllStringSubmatch(string(text), -1) {
			made[found[1]+map[bool]string{true: filepath.Base(found[2])}[found[1] == ""]] = true
		}
		for _, maps := range []string{"figgosync", "figgosync-api", "figgosync-worker"} {
			for _, value := range read[core.ConfigMap](m, "ConfigMap", maps).Data {
				if filepath.IsAbs(value) && !made[filepath.Base(value)] {
					t.Errorf("%s makes no %s", page, filepath.Base(value))
				}
			}
		}
		for _, secret := range []string{"figgosync-keysets", "figgosync-secrets"} {
			if !strings.Contains(string(text), "create secret generic "+secret) {
				t.Errorf("%s does not make the secret %s", page, secret)
			}
		}
	}
}
