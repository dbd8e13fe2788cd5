"""What GitHub, GitLab, Gitea and Forgejo tell about pushes."""
