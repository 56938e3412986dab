# A small farm with two rails, as a team writes it in Terraform, with two mistakes that `terraform plan` does not see.
# plan.json beside it has the form that `terraform show -json` prints; it was written by hand for this example.

provider "google" {
  project = "storage"
  region  = "europe-west4"
  zone    = "europe-west4-b"
}

resource "google_compute_network" "tcp" {
  name                    = "tcp"
  auto_create_subnetworks = false
  mtu                     = 8896
}

resource "google_compute_network" "rdma" {
  name                    = "rdma"
  auto_create_subnetworks = false
  mtu                     = 8896
  network_profile         = "projects/storage/global/networkProfiles/europe-west4-b-vpc-falcon"
}

resource "google_compute_subnetwork" "tcp" {
  name          = "tcp-a"
  network       = google_compute_network.tcp.id
  ip_cidr_range = "10.10.0.0/24"
}

resource "google_compute_subnetwork" "rdma" {
  name          = "rdma-a"
  network       = google_compute_network.rdma.id
  ip_cidr_range = "192.168.32.0/24"
}

resource "google_compute_instance" "node" {
  for_each     = toset(["1", "2"])
  name         = "node-${each.key}"
  machine_type = "h4d-highmem-192-lssd"

  boot_disk {
    initialize_params {
      image = "debian-cloud/debian-12"
    }
  }

  network_interface {
    subnetwork = google_compute_subnetwork.tcp.self_link
    nic_type   = "GVNIC"
  }

  network_interface {
    subnetwork = google_compute_subnetwork.rdma.self_link
    nic_type   = "GVNIC"
  }

  scheduling {
    on_host_maintenance = "TERMINATE"
  }
}

resource "google_compute_region_health_check" "nfs" {
  name               = "nfs-2049"
  check_interval_sec = 2
  timeout_sec        = 2

  tcp_health_check {
    port = 2049
  }
}

resource "google_compute_region_backend_service" "nfs" {
  name                  = "nfs"
  load_balancing_scheme = "INTERNAL"
  protocol              = "TCP"
  health_checks         = [google_compute_region_health_check.nfs.id]
}
