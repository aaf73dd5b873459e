"""What people and scripts hold in their hands: the command line and the prompt, clients of the doors with no private way in."""
