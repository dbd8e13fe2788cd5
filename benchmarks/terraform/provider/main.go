// A Terraform provider for the benchmark alone: a server by two reads, a create by one request and
// looks at its task. It does what the usual providers for REST do, and no more.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

const lookEvery = time.Second

type rest struct{}

func (rest) Metadata(_ context.Context, _ provider.MetadataRequest, answer *provider.MetadataResponse) {
	answer.TypeName = "rest"
}

func (rest) Schema(_ context.Context, _ provider.SchemaRequest, _ *provider.SchemaResponse) {}

func (rest) Configure(_ context.Context, _ provider.ConfigureRequest, _ *provider.ConfigureResponse) {
}

func (rest) DataSources(_ context.Context) []func() datasource.DataSource { return nil }

func (rest) Resources(_ context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &server{} }}
}

type server struct{}

type values struct {
	Hostname types.String `tfsdk:"hostname"`
	Pool     types.String `tfsdk:"pool"`
	Type     types.String `tfsdk:"type"`
	Image    types.String `tfsdk:"image"`
	Cores    types.Int64  `tfsdk:"cores"`
	Memory   types.Int64  `tfsdk:"memory"`
	Disks    types.List   `tfsdk:"disks"`
	Tags     types.Set    `tfsdk:"tags"`
}

func (*server) Metadata(_ context.Context, _ resource.MetadataRequest, answer *resource.MetadataResponse) {
	answer.TypeName = "rest_server"
}

func (*server) Schema(_ context.Context, _ resource.SchemaRequest, answer *resource.SchemaResponse) {
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	text := schema.StringAttribute{Required: true}
	number := schema.Int64Attribute{Required: true}
	answer.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"hostname": schema.StringAttribute{Computed: true, PlanModifiers: keep},
		"pool":     text, "type": text, "image": text, "cores": number, "memory": number,
		"disks": schema.ListAttribute{Required: true, ElementType: types.Int64Type},
		"tags":  schema.SetAttribute{Required: true, ElementType: types.StringType},
	}}
}

func (*server) Read(ctx context.Context, request resource.ReadRequest, answer *resource.ReadResponse) {
	var state values
	answer.Diagnostics.Append(request.State.Get(ctx, &state)...)
	if answer.Diagnostics.HasError() {
		return
	}
	if err := read(&state); err != nil {
		answer.Diagnostics.AddError("the server could not be read", err.Error())
		return
	}
	answer.Diagnostics.Append(answer.State.Set(ctx, &state)...)
}

func read(state *values) error {
	place := "/ccloud/servers/" + state.Hostname.ValueString()
	var shown struct {
		Tags []string
		Data struct {
			Cores, Memory int64
			Pool, Type    string
		}
	}
	var disks []struct{ Size int64 }
	if err := call("GET", place, nil, &shown); err != nil {
		return err
	}
	if err := call("GET", place+"/disks", nil, &disks); err != nil {
		return err
	}
	state.Pool, state.Type = types.StringValue(shown.Data.Pool), types.StringValue(shown.Data.Type)
	state.Cores, state.Memory = types.Int64Value(shown.Data.Cores), types.Int64Value(shown.Data.Memory)
	sizes := make([]attr.Value, 0, len(disks))
	for _, disk := range disks {
		sizes = append(sizes, types.Int64Value(disk.Size))
	}
	tags := make([]attr.Value, 0, len(shown.Tags))
	for _, tag := range shown.Tags {
		tags = append(tags, types.StringValue(tag))
	}
	var wrong diag.Diagnostics
	var found diag.Diagnostics
	state.Disks, found = types.ListValue(types.Int64Type, sizes)
	wrong.Append(found...)
	state.Tags, found = types.SetValue(types.StringType, tags)
	wrong.Append(found...)
	if wrong.HasError() {
		return fmt.Errorf("%v", wrong)
	}
	return nil
}

func (*server) Create(ctx context.Context, request resource.CreateRequest, answer *resource.CreateResponse) {
	var plan values
	answer.Diagnostics.Append(request.Plan.Get(ctx, &plan)...)
	var disks []int64
	var tags []string
	answer.Diagnostics.Append(plan.Disks.ElementsAs(ctx, &disks, false)...)
	answer.Diagnostics.Append(plan.Tags.ElementsAs(ctx, &tags, false)...)
	if answer.Diagnostics.HasError() {
		return
	}
	order := map[string]any{
		"pool": plan.Pool.ValueString(), "type": plan.Type.ValueString(),
		"image": plan.Image.ValueString(), "cores": plan.Cores.ValueInt64(),
		"memory": plan.Memory.ValueInt64(), "disks": disks, "tags": tags,
	}
	hostname, err := create(order)
	if err != nil {
		answer.Diagnostics.AddError("the server could not be created", err.Error())
		return
	}
	plan.Hostname = types.StringValue(hostname)
	if err := read(&plan); err != nil {
		answer.Diagnostics.AddError("the new server could not be read", err.Error())
	}
	answer.Diagnostics.Append(answer.State.Set(ctx, &plan)...)
}

func create(order map[string]any) (string, error) {
	var task struct {
		ID               int64
		Status, Hostname string
	}
	if err := call("POST", "/ccloud/servers", order, &task); err != nil {
		return "", err
	}
	for task.Status != "done" {
		if task.Status == "failed" {
			return "", fmt.Errorf("task %d has failed", task.ID)
		}
		time.Sleep(lookEvery)
		if err := call("GET", fmt.Sprintf("/ccloud/tasks/%d", task.ID), nil, &task); err != nil {
			return "", err
		}
	}
	return task.Hostname, nil
}

func (*server) Update(_ context.Context, _ resource.UpdateRequest, answer *resource.UpdateResponse) {
	answer.Diagnostics.AddAttributeError(path.Empty(), "the benchmark changes nothing", "")
}

func (*server) Delete(_ context.Context, _ resource.DeleteRequest, answer *resource.DeleteResponse) {
	answer.Diagnostics.AddAttributeError(path.Empty(), "the benchmark destroys nothing", "")
}

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

func call(method, place string, body, answer any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequest(method, os.Getenv("CCLOUD_ENDPOINT")+place, content)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("CCLOUD_TOKEN"))
	request.Header.Set("Content-Type", "application/json")
	reply, err := client.Do(request)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", method, place, reply.Status)
	}
	return json.NewDecoder(reply.Body).Decode(answer)
}

func main() {
	options := providerserver.ServeOpts{Address: "registry.terraform.io/benchmark/rest"}
	err := providerserver.Serve(context.Background(), func() provider.Provider { return rest{} }, options)
	if err != nil {
		log.Fatal(err)
	}
}
