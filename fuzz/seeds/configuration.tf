# Synthetic: the configuration of `plan.json`, file by file.
variable "project" { type = string }

module "net" {
  source = "./net"
}

module "node" {
  count  = 1
  source = "./node"
  subnet = module.net.ids["a"]
}

resource "google_compute_address" "a" {
  name    = "vip"
  region  = "us-central1"
  address = "10.0.0.9" # é
}

resource "google_compute_firewall" "f" {
  name    = "f"
  network = "rail"
  dynamic "allow" {
    for_each = ["tcp"]
    content {
      protocol = allow.value
      ports    = [2049]
    }
  }
  source_ranges = ["10.0.0.0/8"]
}

data "google_compute_network" "d" {
  name = "tcp"
}
# file: net/main.tf
resource "google_compute_network" "rdma" {
  name        = "rail"
  description = <<-EOT
    hush } {
  EOT
}

resource "google_compute_subnetwork" "s" {
  for_each      = toset(["a"])
  name          = "rail-${each.key}"
  network       = google_compute_network.rdma.id
  region        = "us-central1"
  ip_cidr_range = cidrsubnet("10.0.0.0/8", 16, 0)
}

output "ids" {
  value = { for key, subnet in google_compute_subnetwork.s : key => subnet.id }
}
# file: node/main.tf
variable "subnet" {}

resource "google_compute_instance" "i" {
  name         = "vault-0"
  zone         = "us-central1-a"
  machine_type = "h4d-highmem-192-lssd"
  network_interface {
    nic_type   = "GVNIC"
    subnetwork = var.subnet
  }
}
